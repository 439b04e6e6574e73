/* SPDX-License-Identifier: MIT */
/* Random numbers come from the machine's seed. */
#include <linux/notifier.h>
#include <linux/random.h>

u8 get_random_u8(void)
{
	return get_random_u32();
}

u16 get_random_u16(void)
{
	return get_random_u32();
}

/* Rejects what would favour small numbers. */
u32 __get_random_u32_below(u32 ceil)
{
	u64 product;

	do {
		product = (u64)get_random_u32() * ceil;
	} while (ceil && (u32)product < -ceil % ceil);
	return product >> 32;
}

bool rng_is_initialized(void)
{
	return true;
}

int wait_for_random_bytes(void)
{
	return 0;
}

int execute_with_initialized_rng(struct notifier_block *nb)
{
	nb->notifier_call(nb, 0, NULL);
	return 0;
}

void add_device_randomness(const void *buf, size_t len)
{
}

struct gendisk;

/* The times of a disk's requests add nothing to the seed. */
void rand_initialize_disk(struct gendisk *disk)
{
}

void add_disk_randomness(struct gendisk *disk)
{
}
