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
