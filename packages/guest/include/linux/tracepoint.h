/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_TRACEPOINT_H
#define _LINUX_TRACEPOINT_H

#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

/* No probe is still running after its removal: there is nothing to wait for. */
static inline void tracepoint_synchronize_unregister(void)
{
	synchronize_rcu();
}

#endif
