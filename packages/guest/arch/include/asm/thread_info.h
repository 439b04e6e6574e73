/* SPDX-License-Identifier: MIT */
#ifndef _ASM_THREAD_INFO_H
#define _ASM_THREAD_INFO_H

#include <asm/page.h>

#if PAGE_SHIFT > 15
#define THREAD_SIZE PAGE_SIZE
#else
#define THREAD_SIZE (_AC(1, UL) << 15)
#endif
#define THREAD_SIZE_ORDER (15 - PAGE_SHIFT)
#define THREAD_ALIGN (2 * THREAD_SIZE)

#ifndef __ASSEMBLY__

struct thread_info {
	unsigned long flags;
	unsigned long syscall_work;
	int preempt_count;
	u32 cpu;
};
#define INIT_THREAD_INFO(task) { .preempt_count = INIT_PREEMPT_COUNT }

#endif

#define TIF_SIGPENDING 0
#define TIF_NEED_RESCHED 1
#define TIF_NOTIFY_RESUME 2
#define TIF_NOTIFY_SIGNAL 3
#define TIF_MEMDIE 4
#define TIF_UPROBE 5
#define TIF_POLLING_NRFLAG 6
#define TIF_SYSCALL_TRACE 8
#define TIF_SINGLESTEP 9
#define _TIF_SIGPENDING (1 << TIF_SIGPENDING)
#define _TIF_NEED_RESCHED (1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_RESUME (1 << TIF_NOTIFY_RESUME)
#define _TIF_NOTIFY_SIGNAL (1 << TIF_NOTIFY_SIGNAL)

#endif
