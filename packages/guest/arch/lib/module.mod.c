/* SPDX-License-Identifier: MIT */
/* The module's own descriptor, which modpost writes for a kernel's modules. */
#include <linux/module.h>

struct module __this_module = {
	.name = KBUILD_MODNAME,
	.state = MODULE_STATE_LIVE,
};
