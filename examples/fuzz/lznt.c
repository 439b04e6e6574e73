// SPDX-License-Identifier: MIT
/* Data that NTFS compressed, or did not: fs/ntfs3/lznt.c. */
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include "debug.h"
#include "ntfs.h"
#include "ntfs_fs.h"

FUZZ_TEST_SIMPLE(lznt)
{
	char *out = kmalloc(512, GFP_KERNEL);

	if (out)
		decompress_lznt(data, datalen, out, 512);
	kfree(out);
	return 0;
}
