/* SPDX-License-Identifier: MIT */
/* Pages, by the names of 6.10 and later. The allocator is the machine's; so is what it knows of a page. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pagemap.h>

/* The machine's functions have the names that a kernel without NUMA has as macros or inline functions. */
struct page *(alloc_pages_noprof)(gfp_t gfp, unsigned int order);

unsigned long empty_zero_page[PAGE_SIZE / sizeof(unsigned long)] __aligned(PAGE_SIZE);
pgd_t swapper_pg_dir[PTRS_PER_PGD];

struct page *__alloc_pages_noprof(gfp_t gfp, unsigned int order, int preferred_nid, nodemask_t *nodemask)
{
	return (alloc_pages_noprof)(gfp, order);
}

struct folio *__folio_alloc_noprof(gfp_t gfp, unsigned int order, int preferred_nid, nodemask_t *nodemask)
{
	return page_folio((alloc_pages_noprof)(gfp | __GFP_COMP, order));
}

/* Fills the empty places of an array, or adds to a list. Returns how many pages there are. */
unsigned long alloc_pages_bulk_noprof(gfp_t gfp, int preferred_nid, nodemask_t *nodemask, int nr_pages,
				      struct list_head *page_list, struct page **page_array)
{
	unsigned long done = 0;

	for (int i = 0; i < nr_pages; i++) {
		struct page *page;

		if (page_array && page_array[i]) {
			done++;
			continue;
		}
		page = (alloc_pages_noprof)(gfp, 0);
		if (!page)
			break;
		if (page_list)
			list_add(&page->lru, page_list);
		else
			page_array[i] = page;
		done++;
	}
	return done;
}
