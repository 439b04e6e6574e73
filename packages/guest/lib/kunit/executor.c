/* SPDX-License-Identifier: MIT */
/* Selects the suites and cases of a module that run. */
#include <kunit/test.h>
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/version.h>

void kasan_guest_test_filter(char *into);

/* Whether a suite's case is selected. Without a dot, the filter applies to names of suites and of cases. */
static bool runs(const char *filter, const struct kunit_suite *suite, const struct kunit_case *test_case)
{
	const char *dot = strchr(filter, '.');
	char suite_glob[256];

	if (!filter[0])
		return true;
	if (!dot)
		return glob_match(filter, suite->name) || glob_match(filter, test_case->name);
	strscpy(suite_glob, filter, min_t(size_t, dot - filter + 1, sizeof(suite_glob)));
	return glob_match(suite_glob, suite->name) && glob_match(dot + 1, test_case->name);
}

/* A copy of the suite with only the selected cases; NULL if there are none. */
static struct kunit_suite *filtered(const char *filter, struct kunit_suite *suite)
{
	struct kunit_case *test_case, *cases;
	struct kunit_suite *copy;
	size_t count = 0;

	kunit_suite_for_each_test_case(suite, test_case)
		count += runs(filter, suite, test_case);
	if (count == 0)
		return NULL;
	copy = kmemdup(suite, sizeof(*suite), GFP_KERNEL);
	cases = kcalloc(count + 1, sizeof(*cases), GFP_KERNEL);
	if (!copy || !cases) {
		pr_err("kunit: no memory for suite %s, which does not run\n", suite->name);
		kfree(copy);
		kfree(cases);
		return NULL;
	}
	copy->test_cases = cases;
	kunit_suite_for_each_test_case(suite, test_case)
		if (runs(filter, suite, test_case))
			*cases++ = *test_case;
	return copy;
}

static struct kunit_suite **suites;
static size_t suite_count, suite_room;

/* Makes room for one more suite. */
static bool make_room(void)
{
	const size_t room = suite_room ? 2 * suite_room : 16;
	struct kunit_suite **more;

	if (suite_count < suite_room)
		return true;
	more = krealloc(suites, array_size(room, sizeof(*suites)), GFP_KERNEL);
	if (!more)
		return false;
	suites = more;
	suite_room = room;
	return true;
}

/* Called by the loader for each list of suites in a module, before they are run. */
void kasan_guest_add_suites(struct kunit_suite **list)
{
	char filter[256];

	kasan_guest_test_filter(filter);
	for (; *list; list++) {
		if (!make_room()) {
			pr_err("kunit: no memory for suite %s and those behind it, which do not run\n", (*list)->name);
			return;
		}
		suites[suite_count] = filtered(filter, *list);
		if (suites[suite_count])
			suite_count++;
	}
}

/* Before 5.14, KUnit is the source's, since its tests can do no more than pass or fail: it tells the machine nothing. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
#define FORMAT "TAP version 14\n"

void kasan_guest_test_start(const char *name);
void kasan_guest_test_end(int status, const char *comment);
void kasan_guest_suite_end(const char *name, int status);

static void run(struct kunit_suite *suite)
{
	struct kunit_case *test_case;
	bool failed = false;

	kunit_run_tests(suite);
	kunit_suite_for_each_test_case(suite, test_case) {
		/* The numbers of enum kunit_status: 0 is passed, 1 failed. */
		kasan_guest_test_start(test_case->name);
		kasan_guest_test_end(!test_case->success, "");
		failed |= !test_case->success;
	}
	kasan_guest_suite_end(suite->name, failed);
}
#else
#define FORMAT "KTAP version 1\n"

static void run(struct kunit_suite *suite)
{
	kunit_run_tests(suite);
}
#endif

void kasan_guest_run_suites(void)
{
	pr_info(FORMAT);
	pr_info("1..%zu\n", suite_count);
	for (size_t i = 0; i < suite_count; i++) {
		run(suites[i]);
		kfree(suites[i]->test_cases);
		kfree(suites[i]);
	}
	kfree(suites);
	suites = NULL;
	suite_count = 0;
	suite_room = 0;
}
