/* SPDX-License-Identifier: MIT */
/* Modules that a kernel asks user space for: there are none. Threads of modules, and of what may be one. */
#include <linux/errno.h>
#include <linux/kmod.h>
#include <linux/kthread.h>
#include <linux/module.h>

/* There is no initramfs to wait for. */
void wait_for_initramfs(void)
{
}

#ifdef CONFIG_MODULES
/* Nobody is told of modules: the kernel's part knows the one that is loaded by what it calls. */
int register_module_notifier(struct notifier_block *nb)
{
	return 0;
}

int unregister_module_notifier(struct notifier_block *nb)
{
	return 0;
}

int __request_module(bool wait, const char *name, ...)
{
	return -ENOENT;
}

/* The end of a thread that holds its module. */
void __noreturn __module_put_and_kthread_exit(struct module *mod, long code)
{
	module_put(mod);
	kthread_exit(code);
}
#endif
