// SPDX-License-Identifier: MIT
/* Data that XZ compressed, or did not: lib/xz/. */
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/xz.h>

FUZZ_TEST_SIMPLE(xz)
{
	struct xz_dec *decoder = xz_dec_init(XZ_SINGLE, 0);
	char *out = kmalloc(512, GFP_KERNEL);
	struct xz_buf buffer = { .in = data, .in_size = datalen, .out = out, .out_size = 512 };

	if (decoder && out)
		xz_dec_run(decoder, &buffer);
	kfree(out);
	xz_dec_end(decoder);
	return 0;
}
