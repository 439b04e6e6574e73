/* SPDX-License-Identifier: MIT */
/* A guest's kernel is never shut down: who wants to be told of it is not. */
#include <linux/reboot.h>

int register_reboot_notifier(struct notifier_block *nb)
{
	return 0;
}

int unregister_reboot_notifier(struct notifier_block *nb)
{
	return 0;
}
