/* SPDX-License-Identifier: MIT */
/* Pages, by the names of 6.10 and later. The allocator is the machine's; so is what it knows of a page. */
#include <kasan/machine.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/version.h>

/* The machine's function of that name: a kernel without NUMA has an inline function, which calls what is defined here. */
struct page *machine_alloc_pages(gfp_t gfp, unsigned int order) machine_function(alloc_pages_noprof);

/* The distance of two descriptors in the machine (packages/kernel/src/mm/page-descriptors.ts). */
static_assert(sizeof(struct page) == 64, "struct page does not have the machine's size");

struct page *kasan_guest_zero_page;
pgd_t swapper_pg_dir[PTRS_PER_PGD];

unsigned long kasan_guest_total_pages(void);
unsigned long kasan_guest_free_pages(void);

/* How much memory there is. All of it is normal memory. */
unsigned long max_pfn, max_low_pfn, min_low_pfn;
atomic_long_t _totalram_pages;

static __attribute__((constructor)) void count_pages(void)
{
	unsigned long pages = kasan_guest_total_pages();

	max_pfn = pages;
	max_low_pfn = pages;
	atomic_long_set(&_totalram_pages, pages);
}

long si_mem_available(void)
{
	return kasan_guest_free_pages();
}

void si_meminfo(struct sysinfo *val)
{
	val->totalram = kasan_guest_total_pages();
	val->freeram = kasan_guest_free_pages();
	val->sharedram = 0;
	val->bufferram = 0;
	val->totalhigh = 0;
	val->freehigh = 0;
	val->mem_unit = PAGE_SIZE;
}

static __attribute__((constructor)) void allocate_zero_page(void)
{
	kasan_guest_zero_page = machine_alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
}

/* Since 7.3, alloc_pages_noprof() calls it; before, it is an inline function. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
struct page *alloc_pages_node_noprof(int nid, gfp_t gfp, unsigned int order)
{
	return machine_alloc_pages(gfp, order);
}
#endif

struct page *__alloc_pages_noprof(gfp_t gfp, unsigned int order, int preferred_nid, nodemask_t *nodemask)
{
	return machine_alloc_pages(gfp, order);
}

/* Before 5.16, a page stands for those behind it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
struct folio *__folio_alloc_noprof(gfp_t gfp, unsigned int order, int preferred_nid, nodemask_t *nodemask)
{
	struct page *page = machine_alloc_pages(gfp | __GFP_COMP, order);

	return page ? page_folio(page) : NULL;
}
#endif

/* Fills the empty places of an array, or adds to a list. Returns how many pages there are. */
static unsigned long alloc_bulk(gfp_t gfp, int nr_pages, struct list_head *page_list, struct page **page_array)
{
	unsigned long done = 0;

	for (int i = 0; i < nr_pages; i++) {
		struct page *page;

		if (page_array && page_array[i]) {
			done++;
			continue;
		}
		page = machine_alloc_pages(gfp, 0);
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

/* Since 6.14, there are no lists. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
unsigned long alloc_pages_bulk_noprof(gfp_t gfp, int preferred_nid, nodemask_t *nodemask, int nr_pages,
				      struct page **page_array)
{
	return alloc_bulk(gfp, nr_pages, NULL, page_array);
}
#else
unsigned long alloc_pages_bulk_noprof(gfp_t gfp, int preferred_nid, nodemask_t *nodemask, int nr_pages,
				      struct list_head *page_list, struct page **page_array)
{
	return alloc_bulk(gfp, nr_pages, page_list, page_array);
}
#endif

/* Whether an allocation may use the reserves. */
bool gfp_pfmemalloc_allowed(gfp_t gfp_mask)
{
	return !(gfp_mask & __GFP_NOMEMALLOC) && (gfp_mask & __GFP_MEMALLOC || current->flags & PF_MEMALLOC);
}
