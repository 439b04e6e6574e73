/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_ONCE_H
#define _LINUX_ONCE_H

#include <linux/once_lite.h>

/* True for the one call that executed it. */
#define DO_ONCE(func, ...) \
	({ \
		bool __once = __ONCE_LITE_IF(true); \
		if (__once) \
			func(__VA_ARGS__); \
		__once; \
	})
#define DO_ONCE_SLEEPABLE(func, ...) DO_ONCE(func, ##__VA_ARGS__)
#define get_random_once(buf, nbytes) DO_ONCE(get_random_bytes, buf, nbytes)

#endif
