/* SPDX-License-Identifier: MIT */
/* Where this version has what the machine keeps in page descriptors: the fields of packages/kernel/src/mm/page-layout.ts, in that order. */
#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/stddef.h>
#include <linux/version.h>

/* A field of a compound page's first tail, by its name in struct folio, which has two or more descriptors in it. */
#define OF_TAIL(member) (offsetof(struct folio, member) - sizeof(struct page))

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define TYPE(name) ((unsigned int)PGTY_##name << 24)
#else
/* Types are bits that are cleared. */
#define TYPE(name) (~(unsigned int)PG_##name)
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define SLAB_FLAG -1
#define SLAB_TYPE TYPE(slab)
#else
#define SLAB_FLAG PG_slab
#define SLAB_TYPE ~0U
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
/* folio_set_order() of mm/internal.h: the low byte of the flags. */
#define ORDER OF_TAIL(_flags_1)
#define DESTRUCTOR -1
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define ORDER OF_TAIL(_folio_order)
#define DESTRUCTOR OF_TAIL(_folio_dtor)
#else
#define ORDER offsetof(struct page, compound_order)
#define DESTRUCTOR offsetof(struct page, compound_dtor)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define PAGES offsetof(struct page, compound_nr)
#elif defined(NR_PAGES_IN_LARGE_FOLIO)
#define PAGES OF_TAIL(_nr_pages)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define PAGES -1
#else
#define PAGES OF_TAIL(_folio_nr_pages)
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define ENTIRE_MAPCOUNT OF_TAIL(_entire_mapcount)
#define LARGE_MAPCOUNT OF_TAIL(_large_mapcount)
#else
/* One count is for both. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define ENTIRE_MAPCOUNT OF_TAIL(_entire_mapcount)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define ENTIRE_MAPCOUNT OF_TAIL(_compound_mapcount)
#else
#define ENTIRE_MAPCOUNT offsetof(struct page, compound_mapcount)
#endif
#define LARGE_MAPCOUNT ENTIRE_MAPCOUNT
#endif

/* struct slab, which mm/slab.h alone has since 5.17, and struct page before. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define SLAB_CACHE 8
#else
#define SLAB_CACHE 24
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
static_assert(offsetof(struct page, slab_cache) == SLAB_CACHE, "slab_cache is not where the machine puts it");
#endif

/* What is the same in all versions. */
static_assert(offsetof(struct page, flags) == 0, "flags is not where the machine has it");
static_assert(offsetof(struct page, lru) == 8, "lru is not where the machine has it");
static_assert(offsetof(struct page, private) == 40, "private is not where the machine has it");
static_assert(offsetof(struct page, _mapcount) == 48, "_mapcount is not where the machine has it");
static_assert(offsetof(struct page, _refcount) == 52, "_refcount is not where the machine has it");

const int kasan_guest_page_layout[] = {
	PG_head,    PG_reserved, SLAB_FLAG, ORDER, PAGES, DESTRUCTOR, ENTIRE_MAPCOUNT, LARGE_MAPCOUNT,
	SLAB_CACHE, TYPE(buddy), TYPE(table), SLAB_TYPE,
};
