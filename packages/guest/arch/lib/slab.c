/* SPDX-License-Identifier: MIT */
/* kmalloc and slab caches, by the names of Linux 6.10 and later and of those before. The allocator is the machine's. */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

/* Only their addresses count: kmalloc() with a constant size names the cache, and its size as well. */
kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];

/* Off for code that asks, also with the boot parameters of these names: the machine itself does the zeroing. */
DEFINE_STATIC_KEY_FALSE(init_on_alloc);
DEFINE_STATIC_KEY_FALSE(init_on_free);

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

/* The machine's function has the name and the arguments that it had before 6.12. */
struct kmem_cache *(kmem_cache_create)(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				       void (*ctor)(void *));

struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int object_size, struct kmem_cache_args *args,
					    slab_flags_t flags)
{
	return (kmem_cache_create)(name, object_size, args->align, flags, args->ctor);
}

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
