/* SPDX-License-Identifier: MIT */
/* Pages are never reclaimed: they are on no list by which they would be found for that (mm/swap.c). */
#include <linux/mm.h>
#include <linux/pagevec.h>
#include <linux/swap.h>
#include <linux/xarray.h>

void folio_add_lru(struct folio *folio)
{
}

void folio_mark_accessed(struct folio *folio)
{
	folio_set_referenced(folio);
}

void lru_add_drain(void)
{
}

void lru_add_drain_all(void)
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
	folio_batch_reinit(fbatch);
}
