/* SPDX-License-Identifier: MIT */
/*
 * mm/slab.h, which mm/kasan/kasan.h includes as "../slab.h" where hardware has the tags. What it says of slabs is outside of
 * what guests see.
 */
#ifndef _MM_SLAB_H
#define _MM_SLAB_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#endif
