/* SPDX-License-Identifier: MIT */
/* The one node of memory, for code that counts its pages. The machine has its own lists; pages are never reclaimed. */
#include <linux/mm.h>
#include <linux/mmzone.h>

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
