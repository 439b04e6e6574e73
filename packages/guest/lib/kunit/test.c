/* SPDX-License-Identifier: MIT */
/* Runs suites and cases, and prints their results as KTAP. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/panic.h>
#include <linux/sched.h>
#include <linux/time64.h>
#include <linux/version.h>

/* Columns of a level. */
#define INDENT 4

void kasan_guest_test_start(const char *name);
void kasan_guest_test_end(int status, const char *comment);
void kasan_guest_suite_end(const char *name, int status);

/* Cases that take longer should be marked as slow. */
#define SLOW_NS (2 * NSEC_PER_SEC)

struct counts {
	unsigned long passed;
	unsigned long failed;
	unsigned long skipped;
	unsigned long total;
};

static void count(struct counts *counts, enum kunit_status status)
{
	counts->passed += status == KUNIT_SUCCESS;
	counts->failed += status == KUNIT_FAILURE;
	counts->skipped += status == KUNIT_SKIPPED;
	counts->total++;
}

static void print_counts(const char *indent, const char *name, const struct counts *counts)
{
	if (counts->total > 1)
		pr_info("%s# %s: pass:%lu fail:%lu skip:%lu total:%lu\n", indent, name, counts->passed, counts->failed,
			counts->skipped, counts->total);
}

static void print_result(int level, enum kunit_status status, size_t number, const char *name, const char *comment)
{
	pr_info("%*s%s %zu %s%s%s\n", INDENT * level, "", kunit_status_to_ok_not_ok(status), number, name,
		status == KUNIT_SKIPPED ? " # SKIP " : "", status == KUNIT_SKIPPED ? comment : "");
}

/* Since 6.6, cases and suites say how fast they are. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define SPEED(of) (of)->attr.speed
#else
#define SPEED(of) KUNIT_SPEED_NORMAL
enum kunit_speed { KUNIT_SPEED_NORMAL, KUNIT_SPEED_SLOW, KUNIT_SPEED_VERY_SLOW };
#endif

static void print_speed(int level, const char *name, enum kunit_speed speed)
{
	if (speed == KUNIT_SPEED_SLOW || speed == KUNIT_SPEED_VERY_SLOW)
		pr_info("%*s# %s%sspeed: %s\n", INDENT * level, "", name, *name ? "." : "",
			speed == KUNIT_SPEED_SLOW ? "slow" : "very_slow");
}

size_t kunit_suite_num_test_cases(struct kunit_suite *suite)
{
	struct kunit_case *test_case;
	size_t count = 0;

	kunit_suite_for_each_test_case(suite, test_case)
		count++;
	return count;
}

unsigned int kunit_test_case_num(struct kunit_suite *suite, struct kunit_case *test_case)
{
	return test_case - suite->test_cases + 1;
}

enum kunit_status kunit_suite_has_succeeded(struct kunit_suite *suite)
{
	enum kunit_status status = KUNIT_SKIPPED;
	struct kunit_case *test_case;

	if (suite->suite_init_err)
		return KUNIT_FAILURE;
	kunit_suite_for_each_test_case(suite, test_case) {
		if (test_case->status == KUNIT_FAILURE)
			return KUNIT_FAILURE;
		if (test_case->status == KUNIT_SUCCESS)
			status = KUNIT_SUCCESS;
	}
	return status;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
void kunit_init_test(struct kunit *test, const char *name, struct string_stream *log)
#else
void kunit_init_test(struct kunit *test, const char *name, char *log)
#endif
{
	spin_lock_init(&test->lock);
	INIT_LIST_HEAD(&test->resources);
	test->name = name;
	test->log = log;
	test->status = KUNIT_SUCCESS;
	test->status_comment[0] = '\0';
}

bool kunit_enabled(void)
{
	return true;
}

/* Data for the threads of a case. */
struct context {
	struct kunit *test;
	struct kunit_suite *suite;
	struct kunit_case *test_case;
};

static void kunit_try_run_case(void *data)
{
	struct context *context = data;
	struct kunit *test = context->test;
	u64 start, taken;
	int error;

	current->kunit_test = test;
	if (context->suite->init) {
		error = context->suite->init(test);
		if (error) {
			kunit_err(test, "failed to initialize: %d\n", error);
			kunit_set_failure(test);
			return;
		}
	}
	start = ktime_get_ns();
	context->test_case->run_case(test);
	taken = ktime_get_ns() - start;
	if (taken >= SLOW_NS && SPEED(context->test_case) != KUNIT_SPEED_SLOW &&
	    SPEED(context->test_case) != KUNIT_SPEED_VERY_SLOW)
		kunit_warn(test, "Test should be marked slow (runtime: %llu.%09llus)\n", taken / NSEC_PER_SEC,
			   taken % NSEC_PER_SEC);
}

static void kunit_catch_run_case(void *data)
{
	struct context *context = data;
	struct kunit *test = context->test;
	int result = test->try_catch.try_result;

	if (!result)
		return;
	kunit_set_failure(test);
	if (result == -ETIMEDOUT)
		kunit_err(test, "test case timed out\n");
	else
		kunit_err(test, "internal error occurred preventing test case from running: %d\n", result);
}

static void kunit_try_run_case_cleanup(void *data)
{
	struct context *context = data;
	struct kunit *test = context->test;

	current->kunit_test = test;
	if (context->suite->exit)
		context->suite->exit(test);
	kunit_cleanup(test);
}

static void kunit_catch_run_case_cleanup(void *data)
{
	struct context *context = data;
	struct kunit *test = context->test;
	int result = test->try_catch.try_result;

	kunit_set_failure(test);
	if (result == -ETIMEDOUT)
		kunit_err(test, "test case cleanup timed out\n");
	else if (result)
		kunit_err(test, "internal error occurred during test case cleanup: %d\n", result);
	else
		kunit_err(test, "test aborted during cleanup. continuing without cleaning up\n");
}

static void run(struct context *context, void (*try)(void *), void (*catch)(void *))
{
	struct kunit_try_catch *try_catch = &context->test->try_catch;

	*try_catch = (struct kunit_try_catch){ .test = context->test, .try = try, .catch = catch };
	kunit_try_catch_run(try_catch, context);
}

static void run_case(struct kunit_suite *suite, struct kunit_case *test_case, struct kunit *test)
{
	struct context context = { .test = test, .suite = suite, .test_case = test_case };

	run(&context, kunit_try_run_case, kunit_catch_run_case);
	run(&context, kunit_try_run_case_cleanup, kunit_catch_run_case_cleanup);
	if (test->status == KUNIT_FAILURE)
		test_case->status = KUNIT_FAILURE;
	else if (test_case->status != KUNIT_FAILURE && test->status == KUNIT_SUCCESS)
		test_case->status = KUNIT_SUCCESS;
}

/*
 * Since 6.18, what generates parameters is given the case's test, which each parameter's test has as its parent, and which a case can set
 * up and clean up.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define GENERATE(last, description) test_case->generate_params(test, last, description)
/* Parameters are numbered from 1. */
#define PARAM_TEST(case_test) \
	{ .param_value = case_test->param_value, .param_index = case_test->param_index + 1, .parent = case_test }

static int set_up_params(struct kunit_case *test_case, struct kunit *test)
{
	return test_case->param_init ? test_case->param_init(test) : 0;
}

static void clean_up_params(struct kunit_case *test_case, struct kunit *test)
{
	if (test_case->param_exit)
		test_case->param_exit(test);
	kunit_cleanup(test);
}
#else
#define GENERATE(last, description) test_case->generate_params(last, description)
#define PARAM_TEST(case_test) { .param_value = case_test->param_value, .param_index = case_test->param_index }

static int set_up_params(struct kunit_case *test_case, struct kunit *test)
{
	return 0;
}

static void clean_up_params(struct kunit_case *test_case, struct kunit *test)
{
}
#endif

static void run_param(struct kunit_suite *suite, struct kunit_case *test_case, struct kunit *test, const char *description,
		      struct counts *counts)
{
	struct kunit param_test = PARAM_TEST(test);
	char numbered[KUNIT_PARAM_DESC_SIZE];

	kunit_init_test(&param_test, test_case->name, NULL);
	run_case(suite, test_case, &param_test);
	snprintf(numbered, sizeof(numbered), "param-%d", param_test.param_index);
	print_result(2, param_test.status, test->param_index + 1, *description ? description : numbered, param_test.status_comment);
	count(counts, param_test.status);
}

static void run_params(struct kunit_suite *suite, struct kunit_case *test_case, struct kunit *test, struct counts *counts)
{
	char description[KUNIT_PARAM_DESC_SIZE] = "";
	int error = set_up_params(test_case, test);

	if (error) {
		kunit_err(test, "failed to initialize parent parameter test (%d)", error);
		test->status = KUNIT_FAILURE;
		test_case->status = KUNIT_FAILURE;
		count(counts, test->status);
		return;
	}
	pr_info(KUNIT_SUBSUBTEST_INDENT "KTAP version 1\n");
	pr_info(KUNIT_SUBSUBTEST_INDENT "# Subtest: %s\n", test_case->name);
	test->param_value = GENERATE(NULL, description);
	while (test->param_value) {
		run_param(suite, test_case, test, description, counts);
		description[0] = '\0';
		test->param_index++;
		test->param_value = GENERATE(test->param_value, description);
	}
	clean_up_params(test_case, test);
}

static void run_test_case(struct kunit_suite *suite, struct kunit_case *test_case, struct counts *all)
{
	struct kunit test = { .param_index = 0 };
	struct counts counts = {};

	kunit_init_test(&test, test_case->name, NULL);
	test_case->status = KUNIT_SKIPPED;
	kasan_guest_test_start(test_case->name);
	if (test_case->generate_params) {
		run_params(suite, test_case, &test, &counts);
	} else {
		run_case(suite, test_case, &test);
		count(&counts, test.status);
	}
	kasan_guest_test_end(test_case->status, test.status_comment);
	print_speed(1, test_case->name, SPEED(test_case));
	print_counts(KUNIT_SUBTEST_INDENT, test_case->name, &counts);
	print_result(1, test_case->status, kunit_test_case_num(suite, test_case), test_case->name, test.status_comment);
	all->passed += counts.passed;
	all->failed += counts.failed;
	all->skipped += counts.skipped;
	all->total += counts.total;
}

static void run_cases(struct kunit_suite *suite)
{
	struct counts cases = {}, all = {};
	struct kunit_case *test_case;

	pr_info(KUNIT_SUBTEST_INDENT "KTAP version 1\n");
	pr_info(KUNIT_SUBTEST_INDENT "# Subtest: %s\n", suite->name);
	print_speed(1, "", SPEED(suite));
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	if (suite->test_cases->module_name)
		pr_info(KUNIT_SUBTEST_INDENT "# module: %s\n", suite->test_cases->module_name);
#endif
	pr_info(KUNIT_SUBTEST_INDENT "1..%zu\n", kunit_suite_num_test_cases(suite));
	kunit_suite_for_each_test_case(suite, test_case) {
		run_test_case(suite, test_case, &all);
		count(&cases, test_case->status);
	}
	if (suite->suite_exit)
		suite->suite_exit(suite);
	print_counts("", suite->name, &cases);
	print_counts("", "Totals", &all);
}

static size_t suites_run;

int kunit_run_tests(struct kunit_suite *suite)
{
	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
	suite->status_comment[0] = '\0';
	suite->suite_init_err = suite->suite_init ? suite->suite_init(suite) : 0;
	if (suite->suite_init_err)
		kunit_err(suite, KUNIT_SUBTEST_INDENT "# failed to initialize (%d)\n", suite->suite_init_err);
	else
		run_cases(suite);
	print_result(0, kunit_suite_has_succeeded(suite), ++suites_run, suite->name, suite->status_comment);
	kasan_guest_suite_end(suite->name, kunit_suite_has_succeeded(suite));
	return 0;
}

struct kunit *kunit_get_current_test(void)
{
	return current->kunit_test;
}

void __kunit_fail_current_test(const char *file, int line, const char *fmt, ...)
{
	struct kunit *test = current->kunit_test;
	va_list args;
	char *text;

	if (!test)
		return;
	kunit_set_failure(test);
	va_start(args, fmt);
	text = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	if (text)
		kunit_err(test, "%s:%d: %s", file, line, text);
	kfree(text);
}
