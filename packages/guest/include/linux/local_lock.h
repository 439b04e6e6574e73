/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_LOCAL_LOCK_H
#define _LINUX_LOCAL_LOCK_H

#include <linux/irqflags.h>
#include <linux/preempt.h>

/* A lock local to this CPU: nothing else runs on it meanwhile. */
typedef struct {
} local_lock_t;

#define INIT_LOCAL_LOCK(name) {}
#define local_lock_init(lock) ((void)(lock))
#define local_lock(lock) ((void)(lock))
#define local_unlock(lock) ((void)(lock))
#define local_lock_irq(lock) ((void)(lock))
#define local_unlock_irq(lock) ((void)(lock))
#define local_lock_irqsave(lock, flags) ((void)(lock), (flags) = 0)
#define local_unlock_irqrestore(lock, flags) ((void)(lock), (void)(flags))

#endif
