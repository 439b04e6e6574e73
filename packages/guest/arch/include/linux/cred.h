/* SPDX-License-Identifier: MIT */
/* The tree's, but for the credentials of a task, which it has from the time when they are first asked for: see lib/cred.c. */
#include_next <linux/cred.h>

#ifndef _KASAN_LINUX_CRED_H
#define _KASAN_LINUX_CRED_H

const struct cred *kasan_guest_cred(struct task_struct *task);

#undef current_cred
#define current_cred() kasan_guest_cred(current)
#undef current_real_cred
#define current_real_cred() ((void)kasan_guest_cred(current), rcu_dereference_protected(current->real_cred, 1))
#undef __task_cred
#define __task_cred(task) ((void)kasan_guest_cred(task), rcu_dereference((task)->real_cred))

#endif
