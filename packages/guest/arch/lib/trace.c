/* SPDX-License-Identifier: MIT */
/* Functions that are there for tracing only, which is off. Their files would bring in whole subsystems. */
#include <linux/netlink.h>

void do_trace_netlink_extack(const char *msg)
{
}
