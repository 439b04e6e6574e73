/* SPDX-License-Identifier: MIT */
/* Pages are not reclaimed when memory is short; what drops clean pages of a file does it by itself (mm/vmscan.c). */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/swap.h>
#include <linux/xarray.h>

/* mm/internal.h */
void __filemap_remove_folio(struct folio *folio, void *shadow);
void reclaim_throttle(pg_data_t *pgdat, enum vmscan_throttle_state reason);

/* Takes a clean folio from its file if only the caller uses it. Returns its pages, or 0. The caller holds the folio's lock. */
long remove_mapping(struct address_space *mapping, struct folio *folio)
{
	int refs = 1 + folio_nr_pages(folio);
	bool unused;

	BUG_ON(!folio_test_locked(folio));
	BUG_ON(mapping != folio_mapping(folio));
	spin_lock(&mapping->host->i_lock);
	xa_lock_irq(&mapping->i_pages);
	/* It may become dirty before its last other user is gone: first no more users, then whether it is. */
	unused = folio_ref_freeze(folio, refs);
	if (unused && folio_test_dirty(folio)) {
		folio_ref_unfreeze(folio, refs);
		unused = false;
	}
	if (unused)
		__filemap_remove_folio(folio, NULL);
	xa_unlock_irq(&mapping->i_pages);
	if (unused && mapping_shrinkable(mapping))
		inode_add_lru(mapping->host);
	spin_unlock(&mapping->host->i_lock);
	if (!unused)
		return 0;
	if (mapping->a_ops->free_folio)
		mapping->a_ops->free_folio(folio);
	folio_ref_unfreeze(folio, 1);
	return folio_nr_pages(folio);
}

/* A task waits until others have freed memory. Nobody says when: it looks again after a while, as when reclaim makes no progress. */
void reclaim_throttle(pg_data_t *pgdat, enum vmscan_throttle_state reason)
{
	schedule_timeout_uninterruptible(HZ / 50);
}
