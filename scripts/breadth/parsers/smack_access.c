// SPDX-License-Identifier: MIT
// Labels: good ones, ones with characters that none has, and ones that are too long.
#include "../security/smack/smack.h"
#include "check.h"

static bool becomes(const char *text, size_t length, const char *expected)
{
	char *copy = kmemdup(text, length, GFP_KERNEL), *label = smk_parse_smack(copy, length);
	bool same = IS_ERR(label) ? expected == NULL : expected && strcmp(label, expected) == 0;

	if (!IS_ERR(label))
		kfree(label);
	kfree(copy);
	return same;
}

static int __init check_labels(void)
{
	char *longest = kmalloc(SMK_LONGLABEL, GFP_KERNEL);
	struct netlbl_lsm_secattr attributes = {};

	memset(longest, 'x', SMK_LONGLABEL);
	CHECK(becomes("Rubble", 6, "Rubble") && becomes("Rubble", 3, "Rub"));
	CHECK(becomes("a b", 3, "a") && becomes("a/b", 3, "a") && becomes("a\x7f", 2, "a") && becomes("a\xe4", 2, "a"));
	CHECK(becomes(" a", 2, NULL) && becomes("-a", 2, NULL) && becomes("\"", 1, NULL));
	CHECK(becomes(longest, SMK_LONGLABEL, NULL));
	longest[SMK_LONGLABEL - 1] = 0;
	CHECK(becomes(longest, SMK_LONGLABEL, longest));

	CHECK(smk_netlbl_mls(3, "\x80\x01", &attributes, 2) == 0 && attributes.attr.mls.lvl == 3);
	CHECK(netlbl_catmap_walk(attributes.attr.mls.cat, 0) == 1 && netlbl_catmap_walk(attributes.attr.mls.cat, 2) == 16);
	netlbl_catmap_free(attributes.attr.mls.cat);
	kfree(longest);
	return 0;
}
CHECKS(check_labels);
