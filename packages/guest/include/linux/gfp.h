/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_GFP_H
#define __LINUX_GFP_H

#include <linux/gfp_types.h>
#include <linux/mmzone.h>
#include <linux/random.h>
#include <linux/types.h>

struct page;

static inline bool gfpflags_allow_blocking(const gfp_t gfp_flags)
{
	return !!(gfp_flags & __GFP_DIRECT_RECLAIM);
}

struct page *alloc_pages_noprof(gfp_t gfp, unsigned int order);
unsigned long get_free_pages_noprof(gfp_t gfp_mask, unsigned int order);
unsigned long get_zeroed_page_noprof(gfp_t gfp_mask);
void __free_pages(struct page *page, unsigned int order);
void free_pages(unsigned long addr, unsigned int order);

/* There is one memory node. */
#define alloc_pages(gfp, order) alloc_pages_noprof(gfp, order)
#define alloc_page(gfp) alloc_pages_noprof(gfp, 0)
#define folio_alloc(gfp, order) alloc_pages_noprof((gfp) | __GFP_COMP, order)
/* Anonymous pages. A process's memory policy is ignored: there is one node. */
#define alloc_page_vma(gfp, vma, addr) ((void)(vma), (void)(addr), alloc_pages_noprof(gfp, 0))
#define vma_alloc_folio(gfp, order, vma, addr) ((void)(vma), (void)(addr), folio_alloc(gfp, order))
#define alloc_pages_node(nid, gfp, order) ((void)(nid), alloc_pages_noprof(gfp, order))
#define __get_free_pages(gfp, order) get_free_pages_noprof(gfp, order)
#define __get_free_page(gfp) get_free_pages_noprof(gfp, 0)
#define __get_dma_pages(gfp, order) get_free_pages_noprof((gfp) | GFP_DMA, order)
#define get_zeroed_page(gfp) get_zeroed_page_noprof(gfp)
#define __free_page(page) __free_pages((page), 0)
#define free_page(addr) free_pages((addr), 0)

/* Fills the array's empty places with single pages; returns the number of places filled, counted from the first. */
unsigned long alloc_pages_bulk_array_noprof(gfp_t gfp, unsigned long nr_pages, struct page **page_array);
#define alloc_pages_bulk_array(gfp, nr_pages, array) alloc_pages_bulk_array_noprof(gfp, nr_pages, array)
#define alloc_pages_bulk_array_node(gfp, nid, nr_pages, array) alloc_pages_bulk_array_noprof(gfp, nr_pages, array)

/* Whole pages, not rounded up to a power of two. */
void *alloc_pages_exact_noprof(size_t size, gfp_t gfp_mask);
#define alloc_pages_exact(size, gfp) alloc_pages_exact_noprof(size, gfp)
#define alloc_pages_exact_nid(nid, size, gfp) ((void)(nid), alloc_pages_exact(size, gfp))
void free_pages_exact(void *virt, size_t size);

#endif
