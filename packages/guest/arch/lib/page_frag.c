/* SPDX-License-Identifier: MIT */
/* Fragments of pages: each has pages of its own, so that an access behind its end is noticed. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

void *__page_frag_alloc_align(struct page_frag_cache *nc, unsigned int fragsz, gfp_t gfp_mask, unsigned int align_mask)
{
	struct page *page = alloc_pages(gfp_mask | __GFP_COMP, get_order(fragsz));

	return page ? page_address(page) : NULL;
}

void page_frag_free(void *addr)
{
	put_page(virt_to_head_page(addr));
}

/* Nothing is kept for the next fragment. */
void page_frag_cache_drain(struct page_frag_cache *nc)
{
}

void __page_frag_cache_drain(struct page *page, unsigned int count)
{
	while (count--)
		put_page(page);
}
