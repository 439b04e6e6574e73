// SPDX-License-Identifier: MIT
// Headers of packets: IPv4 with TCP behind a VLAN's tag, cut short at every length, and with each byte changed.
#include <linux/if_ether.h>
#include <linux/skbuff.h>
#include <net/flow_dissector.h>
#include "check.h"

static struct flow_keys keys;

static long dissect(u8 *bytes, size_t size)
{
	memset(&keys, 0, sizeof(keys));
	return __skb_flow_dissect(NULL, NULL, &flow_keys_dissector, &keys, bytes, htons(ETH_P_8021Q), 0, size, 0) ? 0 : -EINVAL;
}

static int __init check_flows(void)
{
	static const u8 packet[] = {
		/* VLAN 5, then IPv4 */
		0, 5, 0x08, 0x00,
		0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		/* TCP from 80 to 8080 */
		0, 80, 0x1f, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0,
	};

	CHECK(parse(dissect, packet, sizeof(packet)) == 0);
	CHECK(keys.basic.n_proto == htons(ETH_P_IP) && keys.basic.ip_proto == 6 && keys.control.thoff == 24);
	CHECK(keys.ports.src == htons(80) && keys.ports.dst == htons(8080) && keys.vlan.vlan_id == 5);
	CHECK(keys.addrs.v4addrs.dst == htonl(0x0a000002));
	/* Those without the whole of the headers of VLAN and IP. */
	CHECK(parse(dissect, packet, 3) == -EINVAL && parse(dissect, packet, 23) == -EINVAL);
	refused_parts(dissect, packet, sizeof(packet));
	parse_changed(dissect, packet, sizeof(packet));
	return 0;
}
CHECKS(check_flows);
