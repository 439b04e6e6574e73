// SPDX-License-Identifier: MIT
// Attributes: a number and a name; then one that is cut off and one that is too short for its type.
#include <net/netlink.h>
#include "check.h"

enum { NUMBER = 1, NAME = 2, MAX = 2 };

static const struct nla_policy policy[MAX + 1] = {
	[NUMBER] = { .type = NLA_U32 },
	[NAME] = { .type = NLA_NUL_STRING, .len = 7 },
};

static int __init check_nlattr(void)
{
	u8 *good = BYTES(8, 0, NUMBER, 0, 0x44, 0x33, 0x22, 0x11, 8, 0, NAME, 0, 'a', 'b', 'c', 0);
	u8 *shorter = BYTES(6, 0, NUMBER, 0, 1, 2, 0, 0), *open = BYTES(8, 0, NAME, 0, 'a', 'b', 'c', 'd');
	struct nlattr *tb[MAX + 1];
	char name[3];

	CHECK(nla_parse(tb, MAX, (struct nlattr *)good, 16, policy, NULL) == 0);
	CHECK(nla_get_u32(tb[NUMBER]) == 0x11223344);
	CHECK(nla_strcmp(tb[NAME], "abc") == 0);
	CHECK(nla_strscpy(name, tb[NAME], sizeof(name)) == -E2BIG && strcmp(name, "ab") == 0);
	CHECK(nla_find((struct nlattr *)good, 16, NAME) == tb[NAME]);
	CHECK(nla_parse(tb, MAX, (struct nlattr *)good, 15, policy, NULL) == -EINVAL);
	CHECK(nla_parse(tb, MAX, (struct nlattr *)shorter, 8, policy, NULL) < 0);
	CHECK(nla_parse(tb, MAX, (struct nlattr *)open, 8, policy, NULL) == -EINVAL);
	kfree(good);
	kfree(shorter);
	kfree(open);
	return 0;
}
CHECKS(check_nlattr);
