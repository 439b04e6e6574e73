/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

/* The machine keeps page data elsewhere: a descriptor is only an address to pass on. */
struct page {
	unsigned long __opaque[8];
};
#define folio page

struct vm_area_struct;
struct mm_struct;

#endif
