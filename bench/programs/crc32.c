/* SPDX-License-Identifier: MIT */
/* CRC-32 with a table, 4 MB, twenty times. */
#include "bench.h"

#define BYTES (4 << 20)

static u32 table[256];

static void make_table(void)
{
	u32 i, k;

	for (i = 0; i < 256; i++) {
		u32 crc = i;

		for (k = 0; k < 8; k++)
			crc = crc & 1 ? 0xedb88320 ^ (crc >> 1) : crc >> 1;
		table[i] = crc;
	}
}

static noinline u32 crc32_of(const u8 *p, u64 count)
{
	u32 crc = ~0u;

	while (count--)
		crc = table[(crc ^ *p++) & 255] ^ (crc >> 8);
	return ~crc;
}

static unsigned long work(void)
{
	u8 *data = big_alloc(BYTES);
	unsigned long sum = 0;
	u64 i;

	if (!data)
		return 0;
	make_table();
	for (i = 0; i < BYTES; i++)
		data[i] = next();
	for (i = 0; i < 20; i++) {
		data[next() % BYTES] ^= i + 1;
		sum += crc32_of(data, BYTES);
	}
	big_free(data);
	return sum;
}
