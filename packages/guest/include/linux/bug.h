/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/once_lite.h>
#include <linux/panic.h>
#include <linux/printk.h>

/* Replaces a trapping instruction and a table of its locations. */
void kasan_guest_bug(const char *file, int line) __noreturn __cold;
__printf(3, 4) void kasan_guest_warn(const char *file, int line, const char *fmt, ...) __cold;

#define BUG() kasan_guest_bug(__FILE__, __LINE__)
#define BUG_ON(condition) \
	do { \
		if (unlikely(condition)) \
			BUG(); \
	} while (0)

#define __WARN() kasan_guest_warn(__FILE__, __LINE__, NULL)
#define __WARN_printf(fmt, ...) kasan_guest_warn(__FILE__, __LINE__, fmt, ##__VA_ARGS__)

/* The value is that of the condition. */
#define WARN_ON(condition) \
	({ \
		bool __warn = !!(condition); \
		if (unlikely(__warn)) \
			__WARN(); \
		unlikely(__warn); \
	})
#define WARN(condition, fmt...) \
	({ \
		bool __warn = !!(condition); \
		if (unlikely(__warn)) \
			__WARN_printf(fmt); \
		unlikely(__warn); \
	})
#define WARN_TAINT(condition, taint, fmt...) WARN(condition, fmt)
#define WARN_ON_ONCE(condition) DO_ONCE_LITE_IF(condition, __WARN)
#define WARN_ONCE(condition, fmt...) DO_ONCE_LITE_IF(condition, __WARN_printf, fmt)
#define WARN_TAINT_ONCE(condition, taint, fmt...) WARN_ONCE(condition, fmt)
#define WARN_ON_SMP(condition) WARN_ON(condition)

#define CHECK_DATA_CORRUPTION(condition, fmt...) WARN(condition, fmt)

#endif
