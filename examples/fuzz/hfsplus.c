// SPDX-License-Identifier: MIT
/* A name of HFS+, as it is in a catalog and as text: fs/hfsplus/unicode.c. */
#include <linux/kfuzztest.h>
#include <linux/nls.h>
#include <linux/slab.h>
#include "hfsplus_fs.h"

static int uni2char(wchar_t uni, unsigned char *out, int boundlen)
{
	return utf32_to_utf8(uni, out, boundlen);
}

static int char2uni(const unsigned char *rawstring, int boundlen, wchar_t *uni)
{
	unicode_t character;
	int length = utf8_to_utf32(rawstring, boundlen, &character);

	*uni = length < 0 || character > 0xffff ? '?' : character;
	return length < 0 ? -EINVAL : length;
}

static struct nls_table table = { .charset = "utf8", .uni2char = uni2char, .char2uni = char2uni };

FUZZ_TEST_SIMPLE(hfsplus)
{
	struct super_block *superblock = kzalloc(sizeof(*superblock), GFP_KERNEL);
	struct hfsplus_sb_info *volume = kzalloc(sizeof(*volume), GFP_KERNEL);
	struct hfsplus_unistr *name = kzalloc(sizeof(*name), GFP_KERNEL), *other = kzalloc(sizeof(*other), GFP_KERNEL);
	int length = NLS_MAX_CHARSET_SIZE * HFSPLUS_MAX_STRLEN + 1;
	char *text = kmalloc(length, GFP_KERNEL);

	superblock->s_fs_info = volume;
	volume->nls = &table;
	if (datalen < 2)
		return -EINVAL;
	hfsplus_asc2uni(superblock, other, HFSPLUS_MAX_STRLEN, data, min(datalen, 255UL));
	memcpy(name, data, min(datalen, sizeof(*name)));
	return hfsplus_uni2asc_str(superblock, name, text, &length);
}
