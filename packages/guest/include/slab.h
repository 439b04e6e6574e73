/* SPDX-License-Identifier: MIT */
/*
 * mm/slab.h, which mm/kasan/kasan.h includes as "../slab.h" with hardware
 * tags. Its declarations about slabs are not available to guests.
 */
#ifndef _MM_SLAB_H
#define _MM_SLAB_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#endif
