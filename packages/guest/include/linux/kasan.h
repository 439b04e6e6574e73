/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KASAN_H
#define _LINUX_KASAN_H

#include <linux/bug.h>
#include <linux/kasan-checks.h>
#include <linux/kernel.h>
#include <linux/types.h>

#define KASAN_SHADOW_SCALE_SHIFT 3
#ifdef CONFIG_KASAN_SHADOW_OFFSET
#define KASAN_SHADOW_OFFSET CONFIG_KASAN_SHADOW_OFFSET
#endif
#define KASAN_GRANULE_SIZE (1UL << KASAN_SHADOW_SCALE_SHIFT)

static __always_inline bool kasan_enabled(void)
{
	return IS_ENABLED(CONFIG_KASAN);
}

static __always_inline void *kasan_reset_tag(const void *addr)
{
	return (void *)addr;
}

#endif
