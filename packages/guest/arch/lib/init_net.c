/* SPDX-License-Identifier: MIT */
/*
 * The first network namespace of a kernel that uses no network: tasks are in it, and mounts refer to it. That of a network is in
 * net_namespace.c, and is the one that counts where both are compiled in.
 */
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* Its name before 6.18. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define __ns_ref count
#endif

struct net __weak init_net = { .ns.__ns_ref = REFCOUNT_INIT(1) };

/* Only a network makes namespaces that end. */
void __weak __put_net(struct net *net)
{
}
