// SPDX-License-Identifier: MIT
/* Data that Zstandard compressed, or did not: lib/zstd/. */
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/zstd.h>

FUZZ_TEST_SIMPLE(zstd)
{
	size_t size = zstd_dctx_workspace_bound();
	void *workspace = kmalloc(size, GFP_KERNEL);
	char *out = kmalloc(512, GFP_KERNEL);
	zstd_dctx *context = workspace ? zstd_init_dctx(workspace, size) : NULL;

	if (context && out)
		zstd_decompress_dctx(context, out, 512, data, datalen);
	kfree(out);
	kfree(workspace);
	return 0;
}
