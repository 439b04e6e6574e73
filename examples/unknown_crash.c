/* SPDX-License-Identifier: MIT */
/*
 * Shadow memory is memory too. A stray write into it leaves a byte that means
 * nothing, and KASAN says what it can: the next access is an unknown-crash.
 */
#include <linux/kasan.h>
#include <linux/module.h>
#include <linux/slab.h>

static u8 *shadow_of(const void *p)
{
	return (u8 *)(((unsigned long)p >> 3) + KASAN_SHADOW_OFFSET);
}

/* As a driver would that was handed the wrong buffer. */
static __no_sanitize_address noinline void stray_write(u8 *buffer)
{
	*(volatile u8 *)buffer = 0x99;
}

static int __init unknown_crash_init(void)
{
	u64 *p = kmalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	stray_write(shadow_of(p));
	*(volatile u64 *)p = 1;
	return 0; /* p stays: kfree would take the byte for a double free */
}
module_init(unknown_crash_init);
MODULE_LICENSE("GPL");
