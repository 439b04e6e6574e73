/* SPDX-License-Identifier: MIT */
/*
 * Every byte of areas of many sizes, and no other. They share pages of shadow, and come and go.
 *
 * expect: nothing
 */
#include <linux/module.h>
#include <linux/vmalloc.h>

static u8 *areas[16];

static void touch(volatile u8 *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[i] = i;
	for (size_t i = 0; i < size; i++)
		WARN_ON(data[i] != (u8)i);
}

static int __init in_bounds_init(void)
{
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < ARRAY_SIZE(areas); i++) {
			size_t size = (i + 1) * 1000 + round;

			areas[i] = vmalloc(size);
			if (!areas[i])
				return -ENOMEM;
			touch(areas[i], size);
		}
		for (int i = 0; i < ARRAY_SIZE(areas); i++)
			vfree(areas[(i * 7) % ARRAY_SIZE(areas)]);
		vm_unmap_aliases();
	}
	return 0;
}

module_init(in_bounds_init);
MODULE_LICENSE("GPL");
