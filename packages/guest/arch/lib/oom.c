/* SPDX-License-Identifier: MIT */
/* An allocation fails when memory is short; nothing is killed for it, so nobody is told. */
#include <linux/oom.h>

int register_oom_notifier(struct notifier_block *nb)
{
	return 0;
}

int unregister_oom_notifier(struct notifier_block *nb)
{
	return 0;
}
