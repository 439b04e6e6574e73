/* SPDX-License-Identifier: MIT */
#ifndef _ASM_KASAN_H
#define _ASM_KASAN_H

#define KASAN_SHADOW_OFFSET CONFIG_KASAN_SHADOW_OFFSET
#ifndef KASAN_SHADOW_SCALE_SHIFT
#ifdef CONFIG_KASAN_SW_TAGS
#define KASAN_SHADOW_SCALE_SHIFT 4
#else
#define KASAN_SHADOW_SCALE_SHIFT 3
#endif
#endif

#if defined(CONFIG_KASAN_SW_TAGS) || defined(CONFIG_KASAN_HW_TAGS)
#include <kasan/tags.h>
#endif

#ifndef __ASSEMBLY__
/* A function, because the start of kernel memory depends on the paging mode. */
unsigned long kasan_guest_shadow_start(void);
#define KASAN_SHADOW_START kasan_guest_shadow_start()
#define KASAN_SHADOW_END (KASAN_SHADOW_OFFSET + (-1UL >> KASAN_SHADOW_SCALE_SHIFT) + 1)
#endif

static inline void kasan_early_init(void)
{
}

static inline void kasan_init(void)
{
}

#endif
