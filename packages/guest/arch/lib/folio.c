/* SPDX-License-Identifier: MIT */
/* Folios of files (mm/util.c). None is in a swap cache: there is no swap. */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

/* Their names since 6.17. */
#ifdef FOLIO_MAPPING_FLAGS
#define FOLIO const struct folio
#else
#define FOLIO struct folio
#define FOLIO_MAPPING_FLAGS PAGE_MAPPING_FLAGS
#endif

/* The file that a folio is of; NULL for a slab and for anonymous memory. */
struct address_space *folio_mapping(FOLIO *folio)
{
	if (folio_test_slab(folio) || ((unsigned long)folio->mapping & FOLIO_MAPPING_FLAGS))
		return NULL;
	return folio->mapping;
}

void folio_copy(struct folio *dst, struct folio *src)
{
	long pages = folio_nr_pages(src);

	for (long page = 0; page < pages; page++) {
		copy_highpage(folio_page(dst, page), folio_page(src, page));
		cond_resched();
	}
}
