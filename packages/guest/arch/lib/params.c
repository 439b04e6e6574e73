/* SPDX-License-Identifier: MIT */
/* Sets a module's parameters, as insmod does. */
#include <linux/moduleparam.h>

int kasan_guest_set_param(const struct kernel_param *parameter, const char *value)
{
	return parameter->ops->set(value, parameter);
}
