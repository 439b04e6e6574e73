/* SPDX-License-Identifier: MIT */
/* kmalloc and slab caches, by the names of Linux 6.10 and later and of those before. The allocator is the machine's. */
#include <kasan/machine.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

static_assert(sizeof(size_t) == 8, "size_t does not have the machine's size");
/* Flags that the machine looks at (packages/kernel/src/mm/gfp.ts), which no version has numbered anew. */
static_assert(__GFP_MOVABLE == 0x8 && __GFP_HIGH == 0x20 && __GFP_IO == 0x40 && __GFP_FS == 0x80 && __GFP_ZERO == 0x100 &&
		      __GFP_DIRECT_RECLAIM == 0x400 && __GFP_KSWAPD_RECLAIM == 0x800 && __GFP_NOWARN == 0x2000 &&
		      __GFP_COMP == 0x40000 && GFP_KERNEL == 0xcc0,
	      "gfp flags do not have the machine's values");

/* Only their addresses count: kmalloc() with a constant size names the cache, and its size as well. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];
#else
struct kmem_cache *kmalloc_caches[NR_KMALLOC_TYPES][KMALLOC_SHIFT_HIGH + 1];
#endif

/* Off for code that asks, also with the boot parameters of these names: the machine itself does the zeroing. */
DEFINE_STATIC_KEY_FALSE(init_on_alloc);
DEFINE_STATIC_KEY_FALSE(init_on_free);

/* Before 6.1, inline functions allocate what is large. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
void *kmalloc_order(size_t size, gfp_t flags, unsigned int order)
{
	return __kmalloc_noprof(size, flags);
}

void *__kmalloc_track_caller(size_t size, gfp_t flags, unsigned long caller)
{
	return __kmalloc_noprof(size, flags);
}

void *kmalloc_order_trace(size_t size, gfp_t flags, unsigned int order)
{
	return __kmalloc_noprof(size, flags);
}
#else
void *__kmalloc_large_noprof(size_t size, gfp_t flags)
{
	return __kmalloc_noprof(size, flags);
}

void *__kmalloc_large_node_noprof(size_t size, gfp_t flags, int node)
{
	return __kmalloc_noprof(size, flags);
}

void *kmem_cache_alloc_lru_noprof(struct kmem_cache *s, struct list_lru *lru, gfp_t flags)
{
	return kmem_cache_alloc_noprof(s, flags);
}

void *kmem_cache_alloc_node_noprof(struct kmem_cache *s, gfp_t flags, int node)
{
	return kmem_cache_alloc_noprof(s, flags);
}
#endif

struct kmem_cache *machine_cache_create(const char *name, unsigned int size, unsigned int align, unsigned int flags,
					void (*ctor)(void *)) machine_function(kmem_cache_create);

/* The same for those of debugging, which a kernel without CONFIG_SLUB_DEBUG ignores. */
static unsigned int machine_debug_flags(slab_flags_t flags)
{
	unsigned int own = 0;

#ifdef CONFIG_SLUB_DEBUG
	own = (flags & SLAB_CONSISTENCY_CHECKS ? 1 << 0 : 0) | (flags & SLAB_RED_ZONE ? 1 << 1 : 0) |
	      (flags & SLAB_POISON ? 1 << 2 : 0) | (flags & SLAB_STORE_USER ? 1 << 7 : 0);
#endif
	/* Since 6.1. */
#ifdef SLAB_KMALLOC
	own |= flags & SLAB_KMALLOC ? 1 << 3 : 0;
#endif
	return own;
}

/* Flags of caches as the machine has them: those since 6.9. */
static unsigned int machine_flags(slab_flags_t flags)
{
	return (flags & SLAB_HWCACHE_ALIGN ? 1 << 4 : 0) | (flags & SLAB_PANIC ? 1 << 8 : 0) |
	       (flags & SLAB_TYPESAFE_BY_RCU ? 1 << 9 : 0) | machine_debug_flags(flags);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int object_size, struct kmem_cache_args *args,
					    slab_flags_t flags)
{
	return machine_cache_create(name, object_size, args->align, machine_flags(flags), args->ctor);
}
#else
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *))
{
	return machine_cache_create(name, size, align, machine_flags(flags), ctor);
}

struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
					      unsigned int useroffset, unsigned int usersize, void (*ctor)(void *))
{
	return kmem_cache_create(name, size, align, flags, ctor);
}
#endif

/* Since 6.18; before it, krealloc_noprof(), which is the machine's. Its objects have any alignment that can be asked for. */
#ifdef krealloc_noprof
void *machine_krealloc(const void *p, size_t new_size, gfp_t flags) machine_function(krealloc_noprof);

void *krealloc_node_align_noprof(const void *p, size_t new_size, unsigned long align, gfp_t flags, int nid)
{
	return machine_krealloc(p, new_size, flags);
}
#endif

bool slab_is_available(void)
{
	return true;
}

/* Says what a pointer points to, as mm/util.c does; the machine's reports say more of objects. */
void mem_dump_obj(void *object)
{
	if (!object)
		pr_cont(" NULL pointer.\n");
	else if (object == ZERO_SIZE_PTR)
		pr_cont(" zero-size pointer.\n");
	else if (is_vmalloc_addr(object))
		pr_cont(" vmalloc memory.\n");
	else
		pr_cont(" %s memory.\n", virt_addr_valid(object) ? "slab or page" : "non-paged");
}
