/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

/* The machine keeps what it knows of a page elsewhere: a descriptor is an address, to be passed on. */
struct page {
	unsigned long __opaque[8];
};
#define folio page

struct vm_area_struct;
struct mm_struct;

#endif
