/* SPDX-License-Identifier: MIT */
/* The one node of memory, for code that counts its pages. The machine has its own lists; pages are never reclaimed. */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/version.h>
#include <linux/wait.h>

unsigned long kasan_guest_total_pages(void);

/* Before 5.14, a zone's are in its lists of pages, and before 5.11, the lock is the node's. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
#define per_cpu_zonestat per_cpu_pageset
#define per_cpu_zonestats pageset
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define LRU_LOCK &contig_page_data.lru_lock
#else
#define LRU_LOCK &lruvec->lru_lock
#endif

static DEFINE_PER_CPU(struct per_cpu_nodestat, node_statistics);
static DEFINE_PER_CPU(struct per_cpu_zonestat, zone_statistics);

/* Pages that are kept back for the kernel itself: the machine has none. */
unsigned long totalreserve_pages;

struct pglist_data contig_page_data = { .nr_zones = MAX_NR_ZONES };

static __attribute__((constructor)) void set_up_node(void)
{
	struct lruvec *lruvec = &contig_page_data.__lruvec;
	enum lru_list lru;

	/* Threads for reclaim and compaction wait here for work, of which there is none. */
	init_waitqueue_head(&contig_page_data.kswapd_wait);
	init_waitqueue_head(&contig_page_data.pfmemalloc_wait);
#ifdef CONFIG_COMPACTION
	init_waitqueue_head(&contig_page_data.kcompactd_wait);
#endif
	contig_page_data.per_cpu_nodestats = &node_statistics;
	contig_page_data.node_spanned_pages = kasan_guest_total_pages();
	contig_page_data.node_present_pages = kasan_guest_total_pages();
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		contig_page_data.node_zones[i].zone_pgdat = &contig_page_data;
		contig_page_data.node_zones[i].per_cpu_zonestats = &zone_statistics;
	}
	spin_lock_init(LRU_LOCK);
	for_each_lru(lru)
		INIT_LIST_HEAD(&lruvec->lists[lru]);
}
