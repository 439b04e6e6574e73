// SPDX-License-Identifier: MIT
/* Data that LZO compressed, or did not: lib/lzo/lzo1x_decompress_safe.c. */
#include <linux/kfuzztest.h>
#include <linux/lzo.h>
#include <linux/slab.h>

FUZZ_TEST_SIMPLE(lzo)
{
	size_t length = 512;
	u8 *out = kmalloc(length, GFP_KERNEL);

	if (out)
		lzo1x_decompress_safe(data, datalen, out, &length);
	kfree(out);
	return 0;
}
