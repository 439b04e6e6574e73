/* SPDX-License-Identifier: MIT */
#ifndef _CHECKSUM_IPV6_H
#define _CHECKSUM_IPV6_H

#include <asm/byteorder.h>
#include <linux/in6.h>
#include <net/checksum.h>

/* csum_ipv6_magic() of <asm/checksum.h>; packet headers are omitted, as there are no packets. */
__sum16 csum_ipv6_magic(const struct in6_addr *saddr, const struct in6_addr *daddr, __u32 len, __u8 proto,
			__wsum sum);

#endif
