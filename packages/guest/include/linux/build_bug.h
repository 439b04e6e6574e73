/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_BUILD_BUG_H
#define _LINUX_BUILD_BUG_H

#include <linux/compiler.h>

/* 0, or a compile error. */
#define BUILD_BUG_ON_ZERO(e) ((int)sizeof(struct { int : (-!!(e)); }))
#define BUILD_BUG_ON_INVALID(e) ((void)(sizeof((long)(e))))

/* For conditions constant only after optimization: the optimizer removes a call of an undefined function, or linking fails. */
#define BUILD_BUG_ON_MSG(cond, msg) \
	do { \
		extern void __PASTE(__build_bug_at_, __LINE__)(void) __attribute__((__error__(msg))); \
		if (cond) \
			__PASTE(__build_bug_at_, __LINE__)(); \
	} while (0)
#define BUILD_BUG_ON(condition) BUILD_BUG_ON_MSG(condition, "BUILD_BUG_ON failed: " #condition)
#define BUILD_BUG_ON_NOT_POWER_OF_2(n) BUILD_BUG_ON((n) == 0 || (((n) & ((n) - 1)) != 0))
#define BUILD_BUG() BUILD_BUG_ON_MSG(1, "BUILD_BUG failed")

#define __static_assert_1(expr) _Static_assert(expr, #expr)
#define __static_assert_2(expr, msg) _Static_assert(expr, msg)
#define __static_assert_pick(a, b, name, ...) name
#define static_assert(...) \
	__static_assert_pick(__VA_ARGS__, __static_assert_2, __static_assert_1)(__VA_ARGS__)

#endif
