/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <asm/page.h>
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kasan-enabled.h>
#include <linux/limits.h>
#include <linux/numa.h>
#include <linux/overflow.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#define SLAB_CONSISTENCY_CHECKS ((slab_flags_t)1 << 0)
#define SLAB_RED_ZONE ((slab_flags_t)1 << 1)
#define SLAB_POISON ((slab_flags_t)1 << 2)
#define SLAB_KMALLOC ((slab_flags_t)1 << 3)
#define SLAB_HWCACHE_ALIGN ((slab_flags_t)1 << 4)
#define SLAB_CACHE_DMA ((slab_flags_t)1 << 5)
#define SLAB_CACHE_DMA32 ((slab_flags_t)1 << 6)
#define SLAB_STORE_USER ((slab_flags_t)1 << 7)
#define SLAB_PANIC ((slab_flags_t)1 << 8)
#define SLAB_TYPESAFE_BY_RCU ((slab_flags_t)1 << 9)
#define SLAB_TRACE ((slab_flags_t)1 << 10)
#define SLAB_DEBUG_OBJECTS ((slab_flags_t)0)
#define SLAB_NOLEAKTRACE ((slab_flags_t)1 << 11)
#define SLAB_NO_MERGE ((slab_flags_t)1 << 12)
#define SLAB_FAILSLAB ((slab_flags_t)0)
#define SLAB_ACCOUNT ((slab_flags_t)1 << 13)
#define SLAB_KASAN ((slab_flags_t)1 << 14)
#define SLAB_NO_USER_FLAGS ((slab_flags_t)1 << 15)
#define SLAB_SKIP_KFENCE ((slab_flags_t)0)
#define SLAB_RECLAIM_ACCOUNT ((slab_flags_t)1 << 16)
#define SLAB_TEMPORARY SLAB_RECLAIM_ACCOUNT

#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(x) ((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)

#define KMALLOC_MIN_SIZE 8
#define KMALLOC_SHIFT_LOW 3
#define KMALLOC_SHIFT_HIGH (PAGE_SHIFT + 1)
#define KMALLOC_SHIFT_MAX (MAX_PAGE_ORDER + PAGE_SHIFT)
#define KMALLOC_MAX_SIZE (1UL << KMALLOC_SHIFT_MAX)
#define KMALLOC_MAX_CACHE_SIZE (1UL << KMALLOC_SHIFT_HIGH)
#define KMALLOC_MAX_ORDER (KMALLOC_SHIFT_MAX - PAGE_SHIFT)
#define ARCH_KMALLOC_MINALIGN 8
/* A tag is one of a whole granule. */
#ifdef CONFIG_KASAN_SW_TAGS
#define ARCH_SLAB_MINALIGN 16
#else
#define ARCH_SLAB_MINALIGN 8
#endif

static inline unsigned int arch_slab_minalign(void)
{
	return kasan_hw_tags_enabled() ? 16 : ARCH_SLAB_MINALIGN;
}

struct kmem_cache;

void *__kmalloc_noprof(size_t size, gfp_t flags);
void *__kmalloc_node_noprof(size_t size, gfp_t flags, int node);
void *__kmalloc_node_track_caller_noprof(size_t size, gfp_t flags, int node, unsigned long caller);
void *kasan_guest_kmalloc_cache(size_t size, gfp_t flags);
void *kasan_guest_kmalloc_cache_node(size_t size, gfp_t flags);
void *__must_check krealloc_noprof(const void *objp, size_t new_size, gfp_t flags);
void kfree(const void *objp);
void kfree_sensitive(const void *objp);
size_t ksize(const void *objp);
size_t kmalloc_size_roundup(size_t size);

/* For constant sizes a kernel's compiler chooses the cache, so that saved stacks show __kmalloc_cache_noprof(). */
#define __kmalloc_chooses_cache(size) (__builtin_constant_p(size) && (size) && (size) <= KMALLOC_MAX_CACHE_SIZE)

/* Inline, so that call traces show the caller, as in a kernel. */
static __always_inline void *kmalloc(size_t size, gfp_t flags)
{
	if (__kmalloc_chooses_cache(size))
		return kasan_guest_kmalloc_cache(size, flags);
	return __kmalloc_noprof(size, flags);
}

static __always_inline void *kmalloc_node(size_t size, gfp_t flags, int node)
{
	if (__kmalloc_chooses_cache(size))
		return kasan_guest_kmalloc_cache_node(size, flags);
	return __kmalloc_node_noprof(size, flags, node);
}

static __always_inline void *kmalloc_node_track_caller(size_t size, gfp_t flags, int node)
{
	return __kmalloc_node_track_caller_noprof(size, flags, node, 0);
}

static __always_inline void *kmalloc_track_caller(size_t size, gfp_t flags)
{
	return kmalloc_node_track_caller(size, flags, NUMA_NO_NODE);
}

static __always_inline void *kzalloc(size_t size, gfp_t flags)
{
	return kmalloc(size, flags | __GFP_ZERO);
}

static __always_inline void *kzalloc_node(size_t size, gfp_t flags, int node)
{
	return kmalloc_node(size, flags | __GFP_ZERO, node);
}

static __always_inline void *kmalloc_array(size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	if (unlikely(__size_mul_overflow(n, size, &bytes)))
		return NULL;
	return kmalloc(bytes, flags);
}

static __always_inline void *kcalloc(size_t n, size_t size, gfp_t flags)
{
	return kmalloc_array(n, size, flags | __GFP_ZERO);
}

static __always_inline void *kmalloc_array_node(size_t n, size_t size, gfp_t flags, int node)
{
	size_t bytes;

	if (unlikely(__size_mul_overflow(n, size, &bytes)))
		return NULL;
	return kmalloc_node(bytes, flags, node);
}

static __always_inline void *kcalloc_node(size_t n, size_t size, gfp_t flags, int node)
{
	return kmalloc_array_node(n, size, flags | __GFP_ZERO, node);
}

static __always_inline __must_check void *krealloc(const void *objp, size_t new_size, gfp_t flags)
{
	return krealloc_noprof(objp, new_size, flags);
}

static __always_inline __must_check void *krealloc_array(void *p, size_t new_n, size_t new_size, gfp_t flags)
{
	size_t bytes;

	if (unlikely(__size_mul_overflow(new_n, new_size, &bytes)))
		return NULL;
	return krealloc(p, bytes, flags);
}

DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))
DEFINE_FREE(kfree_sensitive, void *, if (_T) kfree_sensitive(_T))

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *s);
int kmem_cache_shrink(struct kmem_cache *s);
unsigned int kmem_cache_size(struct kmem_cache *s);
void *kmem_cache_alloc_noprof(struct kmem_cache *cachep, gfp_t flags);
void kmem_cache_free(struct kmem_cache *s, void *objp);
int kmem_cache_alloc_bulk_noprof(struct kmem_cache *s, gfp_t flags, size_t size, void **p);
void kmem_cache_free_bulk(struct kmem_cache *s, size_t size, void **p);

/* The region allowed for copies to user space is not recorded. */
#define kmem_cache_create_usercopy(name, size, align, flags, useroffset, usersize, ctor) \
	((void)(useroffset), (void)(usersize), kmem_cache_create(name, size, align, flags, ctor))
#define KMEM_CACHE(type, flags) \
	kmem_cache_create(#type, sizeof(struct type), __alignof__(struct type), (flags), NULL)
#define KMEM_CACHE_USERCOPY(type, flags, field) KMEM_CACHE(type, flags)

static __always_inline void *kmem_cache_alloc(struct kmem_cache *s, gfp_t flags)
{
	return kmem_cache_alloc_noprof(s, flags);
}

static __always_inline void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t flags, int node)
{
	return kmem_cache_alloc_noprof(s, flags);
}

struct list_lru;

static __always_inline void *kmem_cache_alloc_lru(struct kmem_cache *s, struct list_lru *lru, gfp_t flags)
{
	return kmem_cache_alloc_noprof(s, flags);
}

static __always_inline void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t flags)
{
	return kmem_cache_alloc_noprof(s, flags | __GFP_ZERO);
}

static __always_inline int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t flags, size_t size, void **p)
{
	return kmem_cache_alloc_bulk_noprof(s, flags, size, p);
}

static __always_inline void kfree_bulk(size_t size, void **p)
{
	kmem_cache_free_bulk(NULL, size, p);
}

/* kmalloc, or vmalloc if there is no contiguous run of pages. */
void *__kvmalloc_node_noprof(size_t size, gfp_t flags, int node);
void *kvrealloc_noprof(const void *p, size_t size, gfp_t flags);
void kvfree(const void *addr);
void kvfree_sensitive(const void *addr, size_t len);

#define kvrealloc(p, size, flags) kvrealloc_noprof(p, size, flags)

static __always_inline void *kvmalloc_node(size_t size, gfp_t flags, int node)
{
	return __kvmalloc_node_noprof(size, flags, node);
}

static __always_inline void *kvmalloc(size_t size, gfp_t flags)
{
	return __kvmalloc_node_noprof(size, flags, NUMA_NO_NODE);
}

static __always_inline void *kvzalloc(size_t size, gfp_t flags)
{
	return kvmalloc(size, flags | __GFP_ZERO);
}

static __always_inline void *kvzalloc_node(size_t size, gfp_t flags, int node)
{
	return kvmalloc_node(size, flags | __GFP_ZERO, node);
}

static __always_inline void *kvmalloc_array(size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	if (unlikely(__size_mul_overflow(n, size, &bytes)))
		return NULL;
	return kvmalloc(bytes, flags);
}

static __always_inline void *kvcalloc(size_t n, size_t size, gfp_t flags)
{
	return kvmalloc_array(n, size, flags | __GFP_ZERO);
}

DEFINE_FREE(kvfree, void *, if (!IS_ERR_OR_NULL(_T)) kvfree(_T))

#endif
