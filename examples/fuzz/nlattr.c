// SPDX-License-Identifier: MIT
/* Attributes of netlink, nested, by a policy: lib/nlattr.c. */
#include <linux/kfuzztest.h>
#include <net/netlink.h>

static const struct nla_policy inner[4] = {
	[1] = { .type = NLA_U32 },
	[2] = { .type = NLA_NUL_STRING, .len = 8 },
	[3] = NLA_POLICY_RANGE(NLA_S16, -5, 5),
};
static const struct nla_policy outer[6] = {
	[1] = { .type = NLA_U8 },
	[2] = { .type = NLA_STRING, .len = 16 },
	[3] = NLA_POLICY_NESTED(inner),
	[4] = NLA_POLICY_NESTED_ARRAY(inner),
	[5] = { .type = NLA_BITFIELD32, .bitfield32_valid = 0x0f },
};

FUZZ_TEST_SIMPLE(nlattr)
{
	struct nlattr *attributes[6];
	char text[8];

	if (nla_parse(attributes, 5, (struct nlattr *)data, datalen, outer, NULL))
		return -EINVAL;
	if (attributes[2])
		nla_strscpy(text, attributes[2], sizeof(text));
	return 0;
}
