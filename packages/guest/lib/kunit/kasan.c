/* SPDX-License-Identifier: MIT */
/* KASAN reports during tests: a suite about KASAN evaluates them itself, any other test fails. */
#include <kunit/test.h>
#include <linux/kasan.h>
#include <linux/sched.h>

static bool suite_judges;

void kasan_kunit_test_suite_start(void)
{
	suite_judges = true;
}

void kasan_kunit_test_suite_end(void)
{
	suite_judges = false;
}

/* Called by the machine after a report. */
void kasan_guest_reported(void)
{
	if (!suite_judges && current->kunit_test)
		kunit_set_failure(current->kunit_test);
}
