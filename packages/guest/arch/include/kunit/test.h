/* SPDX-License-Identifier: MIT */
/* The tree's, but for lists of suites: the loader finds them by their names, not in a section. */
#include_next <kunit/test.h>
#include <linux/version.h>

#ifndef _KASAN_KUNIT_TEST_H
#define _KASAN_KUNIT_TEST_H

/* Ends with NULL; the list given may end with a comma. */
#define __kasan_kunit_test_suites(unique_array, ...) \
	struct kunit_suite *__PASTE(__PASTE(__kasan_kunit_, KASAN_GUEST_UNIT), \
				    __PASTE(_, unique_array))[ARRAY_SIZE(((struct kunit_suite *[]){ __VA_ARGS__ })) + 1] = { \
		__VA_ARGS__ \
	}
#undef __kunit_test_suites
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0)
#define __kunit_test_suites(unique_array, ...) __kasan_kunit_test_suites(unique_array, __VA_ARGS__)
#else
#define __kunit_test_suites(unique_array, unique_suites, ...) __kasan_kunit_test_suites(unique_array, __VA_ARGS__)
#endif
#undef __kunit_init_test_suites
#define __kunit_init_test_suites(unique_array, ...) __kunit_test_suites(unique_array, __VA_ARGS__)

#endif
