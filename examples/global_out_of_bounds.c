/* SPDX-License-Identifier: MIT */
/* global-out-of-bounds: an index that is checked against the wrong limit. */
#include <linux/module.h>

static const char *const states[] = { "idle", "running", "stopped" };
static int state = 3;
module_param(state, int, 0444);

static int __init global_oob_init(void)
{
	if (state < 0 || state > ARRAY_SIZE(states))
		return -EINVAL;
	pr_info("the state is at %px\n", states[state]);
	return 0;
}

module_init(global_oob_init);
MODULE_LICENSE("GPL");
