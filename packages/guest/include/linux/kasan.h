/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KASAN_H
#define _LINUX_KASAN_H

#include <linux/bug.h>
#include <linux/kasan-checks.h>
#include <linux/kasan-tags.h>
#include <linux/kernel.h>
#include <linux/types.h>

struct kmem_cache;
struct page;
struct slab;

#define KASAN_SHADOW_SCALE_SHIFT 3
#ifdef CONFIG_KASAN_SHADOW_OFFSET
#define KASAN_SHADOW_OFFSET CONFIG_KASAN_SHADOW_OFFSET
/* A function: where kernel memory begins depends on the paging mode. */
unsigned long kasan_guest_shadow_start(void);
#define KASAN_SHADOW_START kasan_guest_shadow_start()
#define KASAN_SHADOW_END (KASAN_SHADOW_OFFSET + (-1UL >> KASAN_SHADOW_SCALE_SHIFT) + 1)
#endif
#define KASAN_GRANULE_SIZE (1UL << KASAN_SHADOW_SCALE_SHIFT)

static __always_inline bool kasan_enabled(void)
{
	return IS_ENABLED(CONFIG_KASAN);
}

static __always_inline void *kasan_reset_tag(const void *addr)
{
	return (void *)addr;
}

/* Remembers who may free the object that the address is in: in reports, "Last potentially related work creation". */
void kasan_record_aux_stack(void *ptr);
void kasan_record_aux_stack_noalloc(void *ptr);

/* Elements that an allocator on top of another keeps for later. False: not to be kept, and reported. */
bool kasan_mempool_poison_object(void *ptr);
void kasan_mempool_unpoison_object(void *ptr, size_t size);
bool kasan_mempool_poison_pages(struct page *page, unsigned int order);
void kasan_mempool_unpoison_pages(struct page *page, unsigned int order);

#endif
