/* SPDX-License-Identifier: MIT */
#ifndef __KMEMLEAK_H
#define __KMEMLEAK_H

#include <linux/types.h>

/* There is no leak detection. */
#define kmemleak_not_leak(ptr) ((void)(ptr))
#define kmemleak_ignore(ptr) ((void)(ptr))
#define kmemleak_update_trace(ptr) ((void)(ptr))
#define kmemleak_no_scan(ptr) ((void)(ptr))

#endif
