/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_PERCPU_H
#define __LINUX_PERCPU_H

#include <linux/gfp_types.h>
#include <linux/percpu-defs.h>
#include <linux/slab.h>
#include <linux/smp.h>

/* The maximum size and alignment of an object (PCPU_MIN_UNIT_SIZE, PAGE_SIZE). */
#define PCPU_MIN_UNIT_SIZE (32UL << 10)

/* Allocates zeroed memory from chunks in vmalloc space, which have a copy for each CPU. */
void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp);
void free_percpu(void __percpu *ptr);
#define __alloc_percpu_gfp(size, align, gfp) pcpu_alloc_noprof((size), (align), false, (gfp))
#define __alloc_percpu(size, align) __alloc_percpu_gfp((size), (align), GFP_KERNEL)
#define alloc_percpu_gfp(type, gfp) ((typeof(type) __percpu *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), (gfp)))
#define alloc_percpu(type) alloc_percpu_gfp(type, GFP_KERNEL)

#endif
