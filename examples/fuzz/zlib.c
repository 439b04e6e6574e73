// SPDX-License-Identifier: MIT
/* Data that zlib compressed, or did not: lib/zlib_inflate/. */
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/zlib.h>

FUZZ_TEST_SIMPLE(zlib)
{
	struct z_stream_s stream = { .next_in = data, .avail_in = datalen, .avail_out = 512 };
	char *out = kmalloc(512, GFP_KERNEL);

	stream.workspace = kmalloc(zlib_inflate_workspacesize(), GFP_KERNEL);
	stream.next_out = out;
	if (out && stream.workspace && zlib_inflateInit(&stream) == Z_OK) {
		zlib_inflate(&stream, Z_FINISH);
		zlib_inflateEnd(&stream);
	}
	kfree(stream.workspace);
	kfree(out);
	return 0;
}
