/* SPDX-License-Identifier: MIT */
/* Pages are never reclaimed: they are on no list by which they would be found for that (mm/swap.c). */
#include <linux/mm.h>
#if __has_include(<linux/folio_batch.h>)
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif
#include <linux/swap.h>
#include <linux/version.h>
#include <linux/xarray.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
void folio_add_lru(struct folio *folio)
{
}

void folio_mark_accessed(struct folio *folio)
{
	folio_set_referenced(folio);
}

#else
/* Before folios, these were for pages. */
void lru_cache_add(struct page *page)
{
}

void mark_page_accessed(struct page *page)
{
	SetPageReferenced(page);
}
#endif

/* How many tasks keep pages from these lists: all pages are off them at any time. */
atomic_t lru_disable_count;

void lru_cache_disable(void)
{
	atomic_inc(&lru_disable_count);
}

void lru_add_drain(void)
{
}

void lru_add_drain_all(void)
{
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
/* Where a page is in these lists says when it is reclaimed. */
void deactivate_file_folio(struct folio *folio)
{
}

void folio_rotate_reclaimable(struct folio *folio)
{
}

void lru_note_cost_refault(struct folio *folio)
{
}

void folio_batch_remove_exceptionals(struct folio_batch *fbatch)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < folio_batch_count(fbatch); i++)
		if (!xa_is_value(fbatch->folios[i]))
			fbatch->folios[kept++] = fbatch->folios[i];
	fbatch->nr = kept;
}

void __folio_batch_release(struct folio_batch *fbatch)
{
	for (unsigned int i = 0; i < folio_batch_count(fbatch); i++)
		folio_put(fbatch->folios[i]);
	fbatch->nr = 0;
}
#endif

/* Since 6.9, several references to each folio go back at once. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
void folios_put_refs(struct folio_batch *folios, unsigned int *refs)
{
	for (unsigned int i = 0; i < folio_batch_count(folios); i++)
		folio_put_refs(folios->folios[i], refs ? refs[i] : 1);
	folio_batch_reinit(folios);
}
#endif
