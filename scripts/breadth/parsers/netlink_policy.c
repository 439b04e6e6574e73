// SPDX-License-Identifier: MIT
// Policies as attributes: nested ones, each once, written into buffers of all sizes.
#include <net/genetlink.h>
#include <net/netlink.h>
#include "check.h"

static const struct nla_policy inner[] = {
	[1] = { .type = NLA_U8 },
	[2] = NLA_POLICY_RANGE(NLA_U32, 3, 9),
};
static const struct nla_policy outer[] = {
	[1] = NLA_POLICY_NESTED(inner),
	[2] = { .type = NLA_NUL_STRING, .len = 7 },
	[3] = NLA_POLICY_NESTED(inner),
};

static int __init check_policies(void)
{
	struct netlink_policy_dump_state *state = NULL;
	int written = 0;

	CHECK(netlink_policy_dump_add_policy(&state, outer, 3) == 0);
	CHECK(netlink_policy_dump_get_policy_idx(state, outer, 3) == 0);
	CHECK(netlink_policy_dump_get_policy_idx(state, inner, 2) == 1);
	while (netlink_policy_dump_loop(state)) {
		struct sk_buff *skb = nlmsg_new(512, GFP_KERNEL);

		CHECK(skb && netlink_policy_dump_write(skb, state) == 0 && nla_ok((void *)skb->data, skb->len));
		written++;
		kfree_skb(skb);
	}
	CHECK(written == 5);
	netlink_policy_dump_free(state);
	/* Into too little room, nothing is written beyond it. */
	for (int room = 0; room < 80; room += 4) {
		struct sk_buff *skb = alloc_skb(room, GFP_KERNEL);

		state = NULL;
		CHECK(netlink_policy_dump_add_policy(&state, outer, 3) == 0);
		for (int i = 0; i < 5 && netlink_policy_dump_loop(state); i++)
			if (netlink_policy_dump_write(skb, state) < 0)
				break;
		CHECK(skb_tailroom(skb) >= 0);
		netlink_policy_dump_free(state);
		kfree_skb(skb);
	}
	return 0;
}
CHECKS(check_policies);
