/* SPDX-License-Identifier: MIT */
#ifndef _KUNIT_TEST_H
#define _KUNIT_TEST_H

#include <kunit/resource.h>
#include <kunit/test-bug.h>
#include <kunit/try-catch.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>

/*
 * A guest's suites run after its init functions. Each case, and its cleanup, runs
 * in its own thread, which a failed assertion ends. Results go to the log as KTAP.
 */

#define KUNIT_PARAM_DESC_SIZE 128
#define KUNIT_STATUS_COMMENT_SIZE 256
#define KUNIT_INDENT_LEN 4
#define KUNIT_SUBTEST_INDENT "    "
#define KUNIT_SUBSUBTEST_INDENT "        "

struct kunit;
struct kunit_suite;
struct string_stream;

enum kunit_status {
	KUNIT_SUCCESS,
	KUNIT_FAILURE,
	KUNIT_SKIPPED,
};

enum kunit_speed {
	KUNIT_SPEED_UNSET,
	KUNIT_SPEED_VERY_SLOW,
	KUNIT_SPEED_SLOW,
	KUNIT_SPEED_NORMAL,
};

struct kunit_attributes {
	enum kunit_speed speed;
};

struct kunit_loc {
	int line;
	const char *file;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
	struct kunit_attributes attr;
	enum kunit_status status;
	char *module_name;
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_attributes attr;
	char status_comment[KUNIT_STATUS_COMMENT_SIZE];
	int suite_init_err;
	bool is_init;
};

struct kunit {
	void *priv;
	const char *name;
	struct string_stream *log;
	struct kunit_try_catch try_catch;
	const void *param_value;
	int param_index;
	spinlock_t lock;
	enum kunit_status status;
	struct list_head resources;
	char status_comment[KUNIT_STATUS_COMMENT_SIZE];
	struct kunit_loc last_seen;
};

#define KUNIT_CASE(test_name) \
	{ .run_case = test_name, .name = #test_name, .module_name = KBUILD_MODNAME }
#define KUNIT_CASE_ATTR(test_name, attributes) \
	{ .run_case = test_name, .name = #test_name, .attr = attributes, .module_name = KBUILD_MODNAME }
#define KUNIT_CASE_SLOW(test_name) \
	{ .run_case = test_name, .name = #test_name, .attr.speed = KUNIT_SPEED_SLOW, .module_name = KBUILD_MODNAME }
#define KUNIT_CASE_PARAM(test_name, gen_params) \
	{ .run_case = test_name, .name = #test_name, .generate_params = gen_params, .module_name = KBUILD_MODNAME }
#define KUNIT_CASE_PARAM_ATTR(test_name, gen_params, attributes) \
	{ .run_case = test_name, .name = #test_name, .generate_params = gen_params, .attr = attributes, \
	  .module_name = KBUILD_MODNAME }

/* A unique name for each list of suites, by which the loader finds it. */
#define __kunit_test_suites(id, suites...) \
	struct kunit_suite *__PASTE(__PASTE(__kasan_kunit_, KASAN_GUEST_UNIT), __PASTE(_, id))[] = { suites, NULL }
#define kunit_test_suites(suites...) __kunit_test_suites(__COUNTER__, suites)
#define kunit_test_suite(suite) kunit_test_suites(&suite)
#define kunit_test_init_section_suites(suites...) kunit_test_suites(suites)
#define kunit_test_init_section_suite(suite) kunit_test_suites(&suite)

#define kunit_suite_for_each_test_case(suite, test_case) \
	for (test_case = (suite)->test_cases; test_case->run_case; test_case++)

/* Parameters from an array; the gen_params of KUNIT_CASE_PARAM is name_gen_params. */
#define KUNIT_ARRAY_PARAM(name, array, get_desc) \
	static const void *name##_gen_params(const void *prev, char *desc) \
	{ \
		typeof((array)[0]) *__next = prev ? ((typeof(__next))prev) + 1 : (array); \
		void (*__describe)(typeof(__next), char *) = get_desc; \
		if (__next - (array) >= ARRAY_SIZE(array)) \
			return NULL; \
		if (__describe) \
			__describe(__next, desc); \
		return __next; \
	}
#define KUNIT_ARRAY_PARAM_DESC(name, array, desc_member) \
	static const void *name##_gen_params(const void *prev, char *desc) \
	{ \
		typeof((array)[0]) *__next = prev ? ((typeof(__next))prev) + 1 : (array); \
		if (__next - (array) >= ARRAY_SIZE(array)) \
			return NULL; \
		strscpy(desc, __next->desc_member, KUNIT_PARAM_DESC_SIZE); \
		return __next; \
	}

bool kunit_enabled(void);
void kunit_init_test(struct kunit *test, const char *name, struct string_stream *log);
int kunit_run_tests(struct kunit_suite *suite);
size_t kunit_suite_num_test_cases(struct kunit_suite *suite);
unsigned int kunit_test_case_num(struct kunit_suite *suite, struct kunit_case *test_case);
enum kunit_status kunit_suite_has_succeeded(struct kunit_suite *suite);
void kunit_cleanup(struct kunit *test);
void __kunit_abort(struct kunit *test) __noreturn;

static inline void kunit_set_failure(struct kunit *test)
{
	WRITE_ONCE(test->status, KUNIT_FAILURE);
}

static inline char *kunit_status_to_ok_not_ok(enum kunit_status status)
{
	return status == KUNIT_FAILURE ? "not ok" : "ok";
}

/* Memory that is freed at the end of the test case. */
void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp);
void kunit_kfree(struct kunit *test, const void *ptr);
void kunit_kfree_const(struct kunit *test, const void *x);
char *kunit_kstrdup(struct kunit *test, const char *str, gfp_t gfp);
const char *kunit_kstrdup_const(struct kunit *test, const char *str, gfp_t gfp);

struct file;
/* User memory that is unmapped at the end of the test case. */
unsigned long kunit_vm_mmap(struct kunit *test, struct file *file, unsigned long addr, unsigned long len,
			    unsigned long prot, unsigned long flag, unsigned long offset);

static inline void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, 1, size, gfp);
}

static inline void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc(test, size, gfp | __GFP_ZERO);
}

static inline void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, n, size, gfp | __GFP_ZERO);
}

#define kunit_mark_skipped(test_or_suite, fmt, ...) \
	do { \
		WRITE_ONCE((test_or_suite)->status, KUNIT_SKIPPED); \
		scnprintf((test_or_suite)->status_comment, KUNIT_STATUS_COMMENT_SIZE, fmt, ##__VA_ARGS__); \
	} while (0)
#define kunit_skip(test_or_suite, fmt, ...) \
	do { \
		kunit_mark_skipped((test_or_suite), fmt, ##__VA_ARGS__); \
		kunit_try_catch_throw(&(test_or_suite)->try_catch); \
	} while (0)

#define kunit_log(lvl, test_or_suite, fmt, ...) printk(lvl fmt, ##__VA_ARGS__)
#define kunit_printk(lvl, test, fmt, ...) \
	kunit_log(lvl, test, KUNIT_SUBTEST_INDENT "# %s: " fmt, (test)->name, ##__VA_ARGS__)
#define kunit_info(test, fmt, ...) kunit_printk(KERN_INFO, test, fmt, ##__VA_ARGS__)
#define kunit_warn(test, fmt, ...) kunit_printk(KERN_WARNING, test, fmt, ##__VA_ARGS__)
#define kunit_err(test, fmt, ...) kunit_printk(KERN_ERR, test, fmt, ##__VA_ARGS__)

/* Failed expectations mark the test as failed and continue; failed assertions end it. */
enum kunit_assert_type {
	KUNIT_ASSERTION,
	KUNIT_EXPECTATION,
};

/* The text of a check, for the message of its failure. */
struct kunit_check {
	const char *file;
	int line;
	enum kunit_assert_type type;
	const char *left;
	const char *operation;
	const char *right;
};

/* Print what was expected; for an assertion, do not return. fmt is NULL or further output. */
__printf(3, 4) void __kunit_failed(struct kunit *test, const struct kunit_check *check, const char *fmt, ...);
__printf(4, 5) void __kunit_truth_failed(struct kunit *test, const struct kunit_check *check, bool expected,
					 const char *fmt, ...);
__printf(5, 6) void __kunit_compare_failed(struct kunit *test, const struct kunit_check *check, long long left,
					   long long right, const char *fmt, ...);
__printf(5, 6) void __kunit_compare_ptr_failed(struct kunit *test, const struct kunit_check *check, const void *left,
					       const void *right, const char *fmt, ...);
__printf(5, 6) void __kunit_compare_str_failed(struct kunit *test, const struct kunit_check *check, const char *left,
					       const char *right, const char *fmt, ...);
__printf(6, 7) void __kunit_compare_mem_failed(struct kunit *test, const struct kunit_check *check, const void *left,
					       const void *right, size_t size, const char *fmt, ...);
__printf(4, 5) void __kunit_not_err_or_null_failed(struct kunit *test, const struct kunit_check *check,
						   const void *value, const char *fmt, ...);

/* Records the test's position, for a test that does not finish. */
void __kunit_seen(struct kunit *test, const struct kunit_check *check);

#define __KUNIT_CHECK(kind, left_text, op_text, right_text) \
	static const struct kunit_check __no_sanitize_address __check = { \
		__FILE__, __LINE__, kind, left_text, op_text, right_text \
	}

#define __KUNIT_TRUTH(test, kind, condition, text, expected, fmt, ...) \
	do { \
		__KUNIT_CHECK(kind, text, NULL, NULL); \
		__kunit_seen(test, &__check); \
		if (unlikely(!!(condition) != (expected))) \
			__kunit_truth_failed(test, &__check, expected, fmt, ##__VA_ARGS__); \
	} while (0)

#define __KUNIT_COMPARE(test, kind, left, left_text, op, right, right_text, fmt, ...) \
	do { \
		const typeof(left) __left = (left); \
		const typeof(right) __right = (right); \
		__KUNIT_CHECK(kind, left_text, #op, right_text); \
		__kunit_seen(test, &__check); \
		if (unlikely(!(__left op __right))) \
			__kunit_compare_failed(test, &__check, (long long)__left, (long long)__right, fmt, \
					       ##__VA_ARGS__); \
	} while (0)

#define __KUNIT_COMPARE_PTR(test, kind, left, left_text, op, right, right_text, fmt, ...) \
	do { \
		const typeof(left) __left = (left); \
		const typeof(right) __right = (right); \
		__KUNIT_CHECK(kind, left_text, #op, right_text); \
		__kunit_seen(test, &__check); \
		if (unlikely(!(__left op __right))) \
			__kunit_compare_ptr_failed(test, &__check, (const void *)__left, (const void *)__right, fmt, \
						   ##__VA_ARGS__); \
	} while (0)

#define __KUNIT_COMPARE_STR(test, kind, left, left_text, op, right, right_text, fmt, ...) \
	do { \
		const char *__left = (left); \
		const char *__right = (right); \
		__KUNIT_CHECK(kind, left_text, #op, right_text); \
		__kunit_seen(test, &__check); \
		if (unlikely(!(__left && __right && strcmp(__left, __right) op 0))) \
			__kunit_compare_str_failed(test, &__check, __left, __right, fmt, ##__VA_ARGS__); \
	} while (0)

#define __KUNIT_COMPARE_MEM(test, kind, left, left_text, op, right, right_text, size, fmt, ...) \
	do { \
		const void *__left = (left); \
		const void *__right = (right); \
		const size_t __size = (size); \
		__KUNIT_CHECK(kind, left_text, #op, right_text); \
		__kunit_seen(test, &__check); \
		if (unlikely(!(__left && __right && memcmp(__left, __right, __size) op 0))) \
			__kunit_compare_mem_failed(test, &__check, __left, __right, __size, fmt, ##__VA_ARGS__); \
	} while (0)

#define __KUNIT_NOT_ERR_OR_NULL(test, kind, ptr, text, fmt, ...) \
	do { \
		const typeof(ptr) __ptr = (ptr); \
		__KUNIT_CHECK(kind, text, NULL, NULL); \
		__kunit_seen(test, &__check); \
		if (unlikely(IS_ERR_OR_NULL(__ptr))) \
			__kunit_not_err_or_null_failed(test, &__check, (const void *)__ptr, fmt, ##__VA_ARGS__); \
	} while (0)

#define __KUNIT_FAIL(test, kind, fmt, ...) \
	do { \
		__KUNIT_CHECK(kind, NULL, NULL, NULL); \
		__kunit_seen(test, &__check); \
		__kunit_failed(test, &__check, fmt, ##__VA_ARGS__); \
	} while (0)

#define __KUNIT_TEXT_EXPANDED(x) #x
#define __KUNIT_TEXT(x) __KUNIT_TEXT_EXPANDED(x)

#define KUNIT_SUCCEED(test) \
	do { \
		__KUNIT_CHECK(KUNIT_EXPECTATION, NULL, NULL, NULL); \
		__kunit_seen(test, &__check); \
	} while (0)
#define KUNIT_FAIL(test, fmt, ...) __KUNIT_FAIL(test, KUNIT_EXPECTATION, fmt, ##__VA_ARGS__)
#define KUNIT_FAIL_AND_ABORT(test, fmt, ...) __KUNIT_FAIL(test, KUNIT_ASSERTION, fmt, ##__VA_ARGS__)

#define KUNIT_EXPECT_TRUE(test, condition) KUNIT_EXPECT_TRUE_MSG(test, condition, NULL)
#define KUNIT_EXPECT_TRUE_MSG(test, condition, fmt, ...) \
	__KUNIT_TRUTH(test, KUNIT_EXPECTATION, condition, #condition, true, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_FALSE(test, condition) KUNIT_EXPECT_FALSE_MSG(test, condition, NULL)
#define KUNIT_EXPECT_FALSE_MSG(test, condition, fmt, ...) \
	__KUNIT_TRUTH(test, KUNIT_EXPECTATION, condition, #condition, false, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_EQ(test, left, right) KUNIT_EXPECT_EQ_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_EQ_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_EXPECTATION, left, #left, ==, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NE(test, left, right) KUNIT_EXPECT_NE_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_NE_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_EXPECTATION, left, #left, !=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_LT(test, left, right) KUNIT_EXPECT_LT_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_LT_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_EXPECTATION, left, #left, <, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_LE(test, left, right) KUNIT_EXPECT_LE_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_LE_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_EXPECTATION, left, #left, <=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_GT(test, left, right) KUNIT_EXPECT_GT_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_GT_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_EXPECTATION, left, #left, >, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_GE(test, left, right) KUNIT_EXPECT_GE_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_GE_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_EXPECTATION, left, #left, >=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ(test, left, right) KUNIT_EXPECT_PTR_EQ_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_PTR_EQ_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE_PTR(test, KUNIT_EXPECTATION, left, #left, ==, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_NE(test, left, right) KUNIT_EXPECT_PTR_NE_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_PTR_NE_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE_PTR(test, KUNIT_EXPECTATION, left, #left, !=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NULL(test, ptr) KUNIT_EXPECT_NULL_MSG(test, ptr, NULL)
#define KUNIT_EXPECT_NULL_MSG(test, ptr, fmt, ...) \
	__KUNIT_COMPARE_PTR(test, KUNIT_EXPECTATION, ptr, #ptr, ==, NULL, __KUNIT_TEXT(NULL), fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL(test, ptr) KUNIT_EXPECT_NOT_NULL_MSG(test, ptr, NULL)
#define KUNIT_EXPECT_NOT_NULL_MSG(test, ptr, fmt, ...) \
	__KUNIT_COMPARE_PTR(test, KUNIT_EXPECTATION, ptr, #ptr, !=, NULL, __KUNIT_TEXT(NULL), fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STREQ(test, left, right) KUNIT_EXPECT_STREQ_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_STREQ_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE_STR(test, KUNIT_EXPECTATION, left, #left, ==, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STRNEQ(test, left, right) KUNIT_EXPECT_STRNEQ_MSG(test, left, right, NULL)
#define KUNIT_EXPECT_STRNEQ_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE_STR(test, KUNIT_EXPECTATION, left, #left, !=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_MEMEQ(test, left, right, size) KUNIT_EXPECT_MEMEQ_MSG(test, left, right, size, NULL)
#define KUNIT_EXPECT_MEMEQ_MSG(test, left, right, size, fmt, ...) \
	__KUNIT_COMPARE_MEM(test, KUNIT_EXPECTATION, left, #left, ==, right, #right, size, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_MEMNEQ(test, left, right, size) KUNIT_EXPECT_MEMNEQ_MSG(test, left, right, size, NULL)
#define KUNIT_EXPECT_MEMNEQ_MSG(test, left, right, size, fmt, ...) \
	__KUNIT_COMPARE_MEM(test, KUNIT_EXPECTATION, left, #left, !=, right, #right, size, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(test, ptr) KUNIT_EXPECT_NOT_ERR_OR_NULL_MSG(test, ptr, NULL)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL_MSG(test, ptr, fmt, ...) \
	__KUNIT_NOT_ERR_OR_NULL(test, KUNIT_EXPECTATION, ptr, #ptr, fmt, ##__VA_ARGS__)

#define KUNIT_ASSERT_TRUE(test, condition) KUNIT_ASSERT_TRUE_MSG(test, condition, NULL)
#define KUNIT_ASSERT_TRUE_MSG(test, condition, fmt, ...) \
	__KUNIT_TRUTH(test, KUNIT_ASSERTION, condition, #condition, true, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_FALSE(test, condition) KUNIT_ASSERT_FALSE_MSG(test, condition, NULL)
#define KUNIT_ASSERT_FALSE_MSG(test, condition, fmt, ...) \
	__KUNIT_TRUTH(test, KUNIT_ASSERTION, condition, #condition, false, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_EQ(test, left, right) KUNIT_ASSERT_EQ_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_EQ_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_ASSERTION, left, #left, ==, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NE(test, left, right) KUNIT_ASSERT_NE_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_NE_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_ASSERTION, left, #left, !=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_LT(test, left, right) KUNIT_ASSERT_LT_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_LT_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_ASSERTION, left, #left, <, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_LE(test, left, right) KUNIT_ASSERT_LE_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_LE_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_ASSERTION, left, #left, <=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_GT(test, left, right) KUNIT_ASSERT_GT_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_GT_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_ASSERTION, left, #left, >, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_GE(test, left, right) KUNIT_ASSERT_GE_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_GE_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE(test, KUNIT_ASSERTION, left, #left, >=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_EQ(test, left, right) KUNIT_ASSERT_PTR_EQ_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_PTR_EQ_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE_PTR(test, KUNIT_ASSERTION, left, #left, ==, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_NE(test, left, right) KUNIT_ASSERT_PTR_NE_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_PTR_NE_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE_PTR(test, KUNIT_ASSERTION, left, #left, !=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NULL(test, ptr) KUNIT_ASSERT_NULL_MSG(test, ptr, NULL)
#define KUNIT_ASSERT_NULL_MSG(test, ptr, fmt, ...) \
	__KUNIT_COMPARE_PTR(test, KUNIT_ASSERTION, ptr, #ptr, ==, NULL, __KUNIT_TEXT(NULL), fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL(test, ptr) KUNIT_ASSERT_NOT_NULL_MSG(test, ptr, NULL)
#define KUNIT_ASSERT_NOT_NULL_MSG(test, ptr, fmt, ...) \
	__KUNIT_COMPARE_PTR(test, KUNIT_ASSERTION, ptr, #ptr, !=, NULL, __KUNIT_TEXT(NULL), fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_STREQ(test, left, right) KUNIT_ASSERT_STREQ_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_STREQ_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE_STR(test, KUNIT_ASSERTION, left, #left, ==, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_STRNEQ(test, left, right) KUNIT_ASSERT_STRNEQ_MSG(test, left, right, NULL)
#define KUNIT_ASSERT_STRNEQ_MSG(test, left, right, fmt, ...) \
	__KUNIT_COMPARE_STR(test, KUNIT_ASSERTION, left, #left, !=, right, #right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_MEMEQ(test, left, right, size) KUNIT_ASSERT_MEMEQ_MSG(test, left, right, size, NULL)
#define KUNIT_ASSERT_MEMEQ_MSG(test, left, right, size, fmt, ...) \
	__KUNIT_COMPARE_MEM(test, KUNIT_ASSERTION, left, #left, ==, right, #right, size, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_MEMNEQ(test, left, right, size) KUNIT_ASSERT_MEMNEQ_MSG(test, left, right, size, NULL)
#define KUNIT_ASSERT_MEMNEQ_MSG(test, left, right, size, fmt, ...) \
	__KUNIT_COMPARE_MEM(test, KUNIT_ASSERTION, left, #left, !=, right, #right, size, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ptr) KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, ptr, NULL)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, ptr, fmt, ...) \
	__KUNIT_NOT_ERR_OR_NULL(test, KUNIT_ASSERTION, ptr, #ptr, fmt, ##__VA_ARGS__)

#endif
