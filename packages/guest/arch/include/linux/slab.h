/* SPDX-License-Identifier: MIT */
/*
 * The tree's, but before 6.1 a cache of kmalloc() is allocated from by a function, as in kernels that can trace it, not by one in
 * this header which calls what is inside KASAN.
 */
#include <linux/version.h>
#if !defined(CONFIG_TRACING) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#include <linux/gfp.h>
#include <linux/kasan.h>
#include <linux/workqueue.h>
#define CONFIG_TRACING 1
#include_next <linux/slab.h>
#undef CONFIG_TRACING
#else
#include_next <linux/slab.h>
#endif
