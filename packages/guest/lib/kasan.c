/* SPDX-License-Identifier: MIT */
/* Flags of KASAN with hardware tags, set by the machine's command line. */
#include <linux/init.h>
#include <linux/kasan-enabled.h>
#include <linux/percpu.h>

#ifdef CONFIG_KASAN_HW_TAGS

enum kasan_mode {
	KASAN_MODE_SYNC,
	KASAN_MODE_ASYNC,
	KASAN_MODE_ASYMM,
};

/* Flags from the machine: bit 0 in use, bit 1 vmalloc, bit 2 stacks, from bit 3 up the mode + 1. */
int kasan_guest_hw_tags(void);

DEFINE_STATIC_KEY_FALSE(kasan_flag_enabled);
DEFINE_STATIC_KEY_TRUE(kasan_flag_vmalloc);
DEFINE_STATIC_KEY_TRUE(kasan_flag_stacktrace);
enum kasan_mode kasan_mode;
/* The machine samples with its own counter; every page that a guest asks about counts. */
unsigned long kasan_page_alloc_sample = 1;
unsigned int kasan_page_alloc_sample_order = 3;
DEFINE_PER_CPU(long, kasan_page_alloc_skip);

static __attribute__((constructor)) void kasan_flags_init(void)
{
	int flags = kasan_guest_hw_tags();

	if (!(flags & 1))
		return;
	static_branch_enable(&kasan_flag_enabled);
	if (!(flags & 2))
		static_branch_disable(&kasan_flag_vmalloc);
	if (!(flags & 4))
		static_branch_disable(&kasan_flag_stacktrace);
	kasan_mode = (flags >> 3) - 1;
}

#endif
