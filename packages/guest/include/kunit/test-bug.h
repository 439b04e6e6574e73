/* SPDX-License-Identifier: MIT */
#ifndef _KUNIT_TEST_BUG_H
#define _KUNIT_TEST_BUG_H

#include <linux/compiler.h>

struct kunit;

/* The test case that the running task executes; NULL if there is none. */
struct kunit *kunit_get_current_test(void);
__printf(3, 4) void __kunit_fail_current_test(const char *file, int line, const char *fmt, ...);

#define kunit_fail_current_test(fmt, ...) __kunit_fail_current_test(__FILE__, __LINE__, fmt, ##__VA_ARGS__)

#endif
