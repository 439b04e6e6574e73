/* SPDX-License-Identifier: MIT */
#ifndef _KUNIT_STATIC_STUB_H
#define _KUNIT_STATIC_STUB_H

#include <kunit/test-bug.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>

struct kunit;

/* The function that replaces another one in the running test; NULL if there is none. */
void *__kunit_static_stub(void *real_fn);
void __kunit_activate_static_stub(struct kunit *test, void *real_fn, void *replacement);
void kunit_deactivate_static_stub(struct kunit *test, void *real_fn);

#define KUNIT_STATIC_STUB_REDIRECT(real_fn_name, args...) \
	do { \
		typeof(&real_fn_name) __replacement = __kunit_static_stub(&real_fn_name); \
		if (unlikely(__replacement)) \
			return __replacement(args); \
	} while (0)

#define kunit_activate_static_stub(test, real_fn, replacement) \
	do { \
		_Static_assert(__same_type(typeof(*(real_fn)), typeof(*(replacement))), "must be of one type"); \
		__kunit_activate_static_stub(test, (real_fn), (replacement)); \
	} while (0)

#endif
