/* SPDX-License-Identifier: MIT */
/* No process maps a file: what a file loses, nobody has in its page tables (mm/memory.c). */
#include <linux/mm.h>

void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t nr, bool even_cows)
{
}

void unmap_mapping_range(struct address_space *mapping, loff_t const holebegin, loff_t const holelen, int even_cows)
{
}

/* Before 5.16, it was for a page. */
#ifdef folio_page
void unmap_mapping_folio(struct folio *folio)
{
}
#endif
