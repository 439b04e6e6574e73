// SPDX-License-Identifier: MIT
/* A boot configuration: lib/bootconfig.c. */
#include <linux/bootconfig.h>
#include <linux/kfuzztest.h>

FUZZ_TEST_SIMPLE(bootconfig)
{
	struct xbc_node *leaf;
	const char *message, *value;
	char key[64];
	int place;

	if (xbc_init(data, datalen, &message, &place) < 0)
		return -EINVAL;
	xbc_for_each_key_value(leaf, value)
		xbc_node_compose_key(leaf, key, sizeof(key));
	xbc_exit();
	return 0;
}
