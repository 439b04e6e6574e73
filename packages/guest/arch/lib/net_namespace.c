/* SPDX-License-Identifier: MIT */
/* Network namespaces are the tree's. The first task is in the first namespaces from the beginning, as a kernel's is. */
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include "net/core/net_namespace.c"

static __attribute__((constructor)) void enter_namespaces(void)
{
	current->nsproxy = &init_nsproxy;
}
