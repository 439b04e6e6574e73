/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_ONCE_LITE_H
#define _LINUX_ONCE_LITE_H

#include <linux/compiler.h>
#include <linux/types.h>

#define __ONCE_LITE_IF(condition) \
	({ \
		static bool __already_done; \
		bool __first = unlikely(!!(condition)) && !__already_done; \
		if (__first) \
			__already_done = true; \
		unlikely(__first); \
	})
#define DO_ONCE_LITE_IF(condition, func, ...) \
	({ \
		bool __now = !!(condition); \
		if (__ONCE_LITE_IF(__now)) \
			func(__VA_ARGS__); \
		unlikely(__now); \
	})
#define DO_ONCE_LITE(func, ...) DO_ONCE_LITE_IF(true, func, ##__VA_ARGS__)

#endif
