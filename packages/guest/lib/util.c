/* SPDX-License-Identifier: MIT */
/* Allocation of copies, of kmalloc or vmalloc memory, and of exact numbers of pages. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

void kasan_guest_free_page_last(struct page *page);

char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	char *copy;

	if (!s)
		return NULL;
	copy = kmalloc_track_caller(len + 1, gfp);
	if (copy) {
		memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	size_t bytes;
	char *copy;

	if (!s)
		return NULL;
	bytes = strlen(s) + 1;
	copy = kmalloc_track_caller(bytes, gfp);
	if (copy) {
		memcpy(copy, s, bytes);
		/* The string may have grown since. */
		copy[bytes - 1] = '\0';
	}
	return copy;
}

char *kstrndup(const char *s, size_t len, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, len), gfp) : NULL;
}

/* Constant strings cannot be recognized here. */
const char *kstrdup_const(const char *s, gfp_t gfp)
{
	return kstrdup(s, gfp);
}

void kfree_const(const void *x)
{
	kfree(x);
}

void *kmemdup_noprof(const void *src, size_t len, gfp_t gfp)
{
	void *copy = kmalloc_track_caller(len, gfp);

	if (copy)
		memcpy(copy, src, len);
	return copy;
}

void *kmemdup_array(const void *src, size_t count, size_t element_size, gfp_t gfp)
{
	return kmemdup(src, size_mul(element_size, count), gfp);
}

void *kvmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *copy = kvmalloc(len, gfp);

	if (copy)
		memcpy(copy, src, len);
	return copy;
}

/* Since 6.11 an argument can name buckets. */
#ifndef DECL_BUCKET_PARAMS
#define DECL_BUCKET_PARAMS(size, buckets) size_t size
#endif
/* Since 6.18, the alignment is one. That of kmalloc() and of vmalloc() will do. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define ALIGNED unsigned long align,
#else
#define ALIGNED
#endif

void *__kvmalloc_node_noprof(DECL_BUCKET_PARAMS(size, buckets), ALIGNED gfp_t flags, int node)
{
	gfp_t first = flags;
	void *p;

	/* For more than a page, vmalloc is preferred to a long search. */
	if (size > PAGE_SIZE) {
		first |= __GFP_NOWARN;
		if (!(first & __GFP_RETRY_MAYFAIL))
			first |= __GFP_NORETRY;
		first &= ~__GFP_NOFAIL;
	}
	p = size > KMALLOC_MAX_SIZE ? NULL : __kmalloc_node_noprof(size, first, node);
	if (p || size <= PAGE_SIZE)
		return p;
	if (!gfpflags_allow_blocking(flags))
		return NULL;
	if (unlikely(size > INT_MAX)) {
		WARN_ON_ONCE(!(flags & __GFP_NOWARN));
		return NULL;
	}
	return __vmalloc_noprof(size, flags);
}

void kvfree(const void *addr)
{
	if (is_vmalloc_addr(addr))
		vfree(addr);
	else
		kfree(addr);
}

void kvfree_sensitive(const void *addr, size_t len)
{
	if (ZERO_OR_NULL_PTR(addr))
		return;
	memzero_explicit((void *)addr, len);
	kvfree(addr);
}

/* Before 6.12, the old size is given. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
void *kvrealloc_noprof(const void *p, size_t size, gfp_t flags)
#else
void *kvrealloc(const void *p, size_t oldsize, size_t size, gfp_t flags)
#endif
{
	void *moved;

	if (size == 0) {
		kvfree(p);
		return ZERO_SIZE_PTR;
	}
	if (!is_vmalloc_addr(p)) {
		moved = krealloc(p, size, size > PAGE_SIZE ? flags | __GFP_NOWARN : flags);
		if (moved || ZERO_OR_NULL_PTR(p))
			return moved ?: kvmalloc(size, flags);
	}
	moved = kvmalloc(size, flags);
	if (!moved)
		return NULL;
	/* The size of a vmalloc area is not known here; its pages tell it. */
	if (is_vmalloc_addr(p)) {
		for (size_t done = 0; done < size; done += PAGE_SIZE) {
			if (!vmalloc_to_page(p + done))
				break;
			__memcpy(moved + done, p + done, min(PAGE_SIZE, size - done));
		}
	} else {
		__memcpy(moved, p, ksize(p));
	}
	kvfree(p);
	return moved;
}

void *alloc_pages_exact_noprof(size_t size, gfp_t gfp_mask)
{
	unsigned int order = get_order(size);
	struct page *block;
	void *addr;

	if (WARN_ON_ONCE(gfp_mask & (__GFP_COMP | __GFP_HIGHMEM)))
		gfp_mask &= ~(__GFP_COMP | __GFP_HIGHMEM);
	addr = (void *)__get_free_pages(gfp_mask, order);
	if (!addr)
		return NULL;
	block = virt_to_page(addr);
	split_page(block, order);
	/* What the block has too much is free from now on, so that its use is noticed. */
	for (unsigned long page = PFN_UP(size); page < 1UL << order; page++)
		kasan_guest_free_page_last(block + page);
	return addr;
}

void free_pages_exact(void *virt, size_t size)
{
	for (size_t done = 0; done < size; done += PAGE_SIZE)
		free_page((unsigned long)virt + done);
}

/* Before 6.10, it is an inline function. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
unsigned long alloc_pages_bulk_array_noprof(gfp_t gfp, unsigned long nr_pages, struct page **page_array)
{
	unsigned long filled;

	for (filled = 0; filled < nr_pages; filled++) {
		if (!page_array[filled])
			page_array[filled] = alloc_page(gfp);
		if (!page_array[filled])
			break;
	}
	return filled;
}
#endif
