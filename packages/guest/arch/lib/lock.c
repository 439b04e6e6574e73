/* SPDX-License-Identifier: MIT */
/* Waits that never end are bugs of the guest: they are reported as by the kernel's lock debugging, and end the guest. */
#include <asm/spinlock.h>
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched.h>

void kasan_guest_recursion(const void *lock, const char *kind)
{
	pr_emerg("BUG: %s recursion on CPU#%d, %s/%d\n", kind, kasan_guest_cpu(), current->comm, current->pid);
	pr_emerg(" lock: %pS\n", lock);
	dump_stack();
	panic("%s recursion", kind);
}

void kasan_guest_leave_boot(const char *what);

void kasan_guest_deadlock(const char *what)
{
	kasan_guest_leave_boot(what);
	pr_emerg("INFO: task %s:%d blocked for ever in %s: nothing is left to run that could wake it.\n", current->comm,
		 current->pid, what);
	dump_stack();
	panic("hung_task: blocked tasks");
}
