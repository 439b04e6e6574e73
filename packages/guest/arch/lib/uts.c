/* SPDX-License-Identifier: MIT */
/* What uname() says. */
#include <generated/compile.h>
#include <generated/utsrelease.h>
#include <generated/utsversion.h>
#include <linux/cred.h>
#include <linux/proc_ns.h>
#include <linux/uts.h>
#include <linux/utsname.h>
#include <linux/version.h>

struct uts_namespace init_uts_ns = {
#ifdef NS_COMMON_INIT
	.ns = NS_COMMON_INIT(init_uts_ns),
#else
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	.ns.count = REFCOUNT_INIT(2),
#else
	.kref = KREF_INIT(2),
#endif
	.ns.inum = PROC_UTS_INIT_INO,
#endif
	.name = {
		.sysname = UTS_SYSNAME,
		.nodename = UTS_NODENAME,
		.release = UTS_RELEASE,
		.version = UTS_VERSION,
		.machine = UTS_MACHINE,
		.domainname = UTS_DOMAINNAME,
	},
	.user_ns = &init_user_ns,
};
