/* SPDX-License-Identifier: MIT */
/* The one node of memory, for code that counts its pages. The machine has its own lists; pages are never reclaimed. */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mmzone.h>
#include <linux/pagevec.h>
#include <linux/swap.h>

unsigned long kasan_guest_total_pages(void);

static DEFINE_PER_CPU(struct per_cpu_nodestat, node_statistics);
static DEFINE_PER_CPU(struct per_cpu_zonestat, zone_statistics);

struct pglist_data contig_page_data = { .nr_zones = MAX_NR_ZONES };

static __attribute__((constructor)) void set_up_node(void)
{
	struct lruvec *lruvec = &contig_page_data.__lruvec;
	enum lru_list lru;

	contig_page_data.per_cpu_nodestats = &node_statistics;
	contig_page_data.node_spanned_pages = kasan_guest_total_pages();
	contig_page_data.node_present_pages = kasan_guest_total_pages();
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		contig_page_data.node_zones[i].zone_pgdat = &contig_page_data;
		contig_page_data.node_zones[i].per_cpu_zonestats = &zone_statistics;
	}
	spin_lock_init(&lruvec->lru_lock);
	for_each_lru(lru)
		INIT_LIST_HEAD(&lruvec->lists[lru]);
}

/* Pages are on no list by which they would be found to be given back. */
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
