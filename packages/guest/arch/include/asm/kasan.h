/* SPDX-License-Identifier: MIT */
#ifndef _ASM_KASAN_H
#define _ASM_KASAN_H

#define KASAN_SHADOW_OFFSET CONFIG_KASAN_SHADOW_OFFSET
#ifndef KASAN_SHADOW_SCALE_SHIFT
#define KASAN_SHADOW_SCALE_SHIFT 3
#endif

static inline void kasan_early_init(void)
{
}

static inline void kasan_init(void)
{
}

#endif
