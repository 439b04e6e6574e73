/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KASAN_H
#define _LINUX_KASAN_H

#include <linux/bug.h>
#include <linux/kasan-checks.h>
#include <linux/kasan-enabled.h>
#include <linux/kasan-tags.h>
#include <linux/kernel.h>
#include <linux/types.h>

struct kmem_cache;
struct page;
struct slab;

#ifdef CONFIG_KASAN_HW_TAGS
#include <asm/mte-kasan.h>
#define KASAN_GRANULE_SIZE MTE_GRANULE_SIZE
#else
#ifdef CONFIG_KASAN_SW_TAGS
#define KASAN_SHADOW_SCALE_SHIFT 4
#else
#define KASAN_SHADOW_SCALE_SHIFT 3
#endif
#ifdef CONFIG_KASAN_SHADOW_OFFSET
#define KASAN_SHADOW_OFFSET CONFIG_KASAN_SHADOW_OFFSET
/* A function, because the start of kernel memory depends on the paging mode. */
unsigned long kasan_guest_shadow_start(void);
#define KASAN_SHADOW_START kasan_guest_shadow_start()
#define KASAN_SHADOW_END (KASAN_SHADOW_OFFSET + (-1UL >> KASAN_SHADOW_SCALE_SHIFT) + 1)
#endif
#define KASAN_GRANULE_SIZE (1UL << KASAN_SHADOW_SCALE_SHIFT)
#endif

#if defined(CONFIG_KASAN_SW_TAGS) || defined(CONFIG_KASAN_HW_TAGS)
#include <kasan/tags.h>

static __always_inline void *kasan_reset_tag(const void *addr)
{
	return arch_kasan_reset_tag(addr);
}
#else
static __always_inline void *kasan_reset_tag(const void *addr)
{
	return (void *)addr;
}
#endif

/* The task's bad accesses between these two are not reported. */
#if defined(CONFIG_KASAN_GENERIC) || defined(CONFIG_KASAN_SW_TAGS)
void kasan_disable_current(void);
void kasan_enable_current(void);
#else
static inline void kasan_disable_current(void) {}
static inline void kasan_enable_current(void) {}
#endif

/* Records who may free the object that contains the address, for "Last potentially related work creation" in reports. */
void kasan_record_aux_stack(void *ptr);
void kasan_record_aux_stack_noalloc(void *ptr);

/* Elements that an allocator on top of another keeps for later. False: a bug was reported, and the element must not be kept. */
bool kasan_mempool_poison_object(void *ptr);
void kasan_mempool_unpoison_object(void *ptr, size_t size);
bool kasan_mempool_poison_pages(struct page *page, unsigned int order);
void kasan_mempool_unpoison_pages(struct page *page, unsigned int order);

#endif
