/* SPDX-License-Identifier: MIT */
/* What uname() says. */
#include <generated/compile.h>
#include <generated/utsrelease.h>
#include <generated/utsversion.h>
#include <linux/cred.h>
#include <linux/proc_ns.h>
#include <linux/uts.h>
#include <linux/utsname.h>

struct uts_namespace init_uts_ns = {
	.ns.count = REFCOUNT_INIT(2),
	.ns.inum = PROC_UTS_INIT_INO,
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
