// SPDX-License-Identifier: MIT
/* Data that LZ4 compressed, or did not: lib/lz4/lz4_decompress.c. */
#include <linux/kfuzztest.h>
#include <linux/lz4.h>
#include <linux/slab.h>

FUZZ_TEST_SIMPLE(lz4)
{
	char *out = kmalloc(512, GFP_KERNEL);

	if (out)
		LZ4_decompress_safe(data, out, datalen, 512);
	kfree(out);
	return 0;
}
