/* SPDX-License-Identifier: MIT */
/* Events for user space, where nobody listens. */
#include <linux/kobject.h>
#include <linux/printk.h>

struct kobject *kernel_kobj;

int kobject_uevent_env(struct kobject *kobj, enum kobject_action action, char *envp[])
{
	return 0;
}

int kobject_uevent(struct kobject *kobj, enum kobject_action action)
{
	return 0;
}

int kobject_synth_uevent(struct kobject *kobj, const char *buf, size_t count)
{
	return -EINVAL;
}

int add_uevent_var(struct kobj_uevent_env *env, const char *format, ...)
{
	size_t room = sizeof(env->buf) - env->buflen;
	va_list args;
	int length;

	if (env->envp_idx >= ARRAY_SIZE(env->envp))
		return -ENOMEM;
	va_start(args, format);
	length = vsnprintf(&env->buf[env->buflen], room, format, args);
	va_end(args);
	if (length >= room)
		return -ENOMEM;
	env->envp[env->envp_idx++] = &env->buf[env->buflen];
	env->buflen += length + 1;
	return 0;
}
