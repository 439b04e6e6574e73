/* SPDX-License-Identifier: MIT */
/*
 * KASAN reports during tests, before 6.3: a test about KASAN has a resource that says whether there was one (mm/kasan/report.c), any
 * other test fails.
 */
#include <kunit/test.h>
#include <linux/kasan.h>
#include <linux/sched.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#include <kunit/resource.h>
#endif

struct status {
	bool report_found, sync_fault;
};

/* Called by the machine after a report. */
void kasan_guest_reported(void)
{
	struct kunit *test = current->kunit_test;
	struct kunit_resource *resource;

	if (!test)
		return;
	resource = kunit_find_named_resource(test, "kasan_status");
	if (resource) {
		((struct status *)resource->data)->report_found = true;
		((struct status *)resource->data)->sync_fault = true;
		kunit_put_resource(resource);
		return;
	}
	/* Its name and its type before 5.18. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
	resource = kunit_find_named_resource(test, "kasan_data");
	if (resource) {
		((struct kunit_kasan_expectation *)resource->data)->report_found = true;
		kunit_put_resource(resource);
		return;
	}
#endif
	kunit_set_failure(test);
}
