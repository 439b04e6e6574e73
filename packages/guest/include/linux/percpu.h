/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_PERCPU_H
#define __LINUX_PERCPU_H

#include <linux/gfp_types.h>
#include <linux/percpu-defs.h>
#include <linux/slab.h>
#include <linux/smp.h>

/* One CPU, one copy: from the slab allocator, not from an area of their own. */
#define alloc_percpu(type) ((typeof(type) __percpu *)kzalloc(sizeof(type), GFP_KERNEL))
#define alloc_percpu_gfp(type, gfp) ((typeof(type) __percpu *)kzalloc(sizeof(type), (gfp)))
#define __alloc_percpu(size, align) ((void __percpu *)kzalloc((size), GFP_KERNEL))
#define __alloc_percpu_gfp(size, align, gfp) ((void __percpu *)kzalloc((size), (gfp)))

static inline void free_percpu(void __percpu *ptr)
{
	kfree(ptr);
}

#endif
