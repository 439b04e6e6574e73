/* SPDX-License-Identifier: MIT */
#ifndef _KASAN_MTE_H
#define _KASAN_MTE_H

#include <linux/types.h>

/* KASAN's interface to arm64's memory tagging. The instructions are functions of the machine here. */
#define MTE_GRANULE_SIZE 16UL
#define MTE_GRANULE_MASK (~(MTE_GRANULE_SIZE - 1))
#define MTE_TAG_SHIFT 56
#define MTE_TAG_SIZE 4

u8 kasan_guest_random_tag(void);
u8 kasan_guest_memory_tag(const void *addr);
void kasan_guest_set_memory_tags(const void *addr, size_t size, u8 tag, bool init);

#define arch_get_random_tag() kasan_guest_random_tag()
#define arch_get_mem_tag(addr) kasan_guest_memory_tag(addr)
#define arch_set_mem_tag_range(addr, size, tag, init) kasan_guest_set_memory_tags(addr, size, tag, init)

#endif
