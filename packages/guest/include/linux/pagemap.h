/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_PAGEMAP_H
#define _LINUX_PAGEMAP_H

#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/mm.h>

/* Page cache. There are no files behind it here: the allocator of a page owns it. */
#define filemap_alloc_folio(gfp, order) folio_alloc(gfp, order)
#define __page_cache_alloc(gfp) filemap_alloc_folio(gfp, 0)

#endif
