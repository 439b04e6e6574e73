/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_MUTEX_H
#define __LINUX_MUTEX_H

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/types.h>

struct mutex {
	u32 locked;
	struct mutex *magic; /* its own address */
};

#define __MUTEX_INITIALIZER(name) { .locked = 0, .magic = &(name) }
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)

/* Waiting runs queued work; if that does not release the mutex, nothing will, and the guest is stopped. */
void kasan_guest_mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

#define mutex_init(lock) kasan_guest_mutex_init(lock)
#define mutex_lock_nested(lock, subclass) mutex_lock(lock)
#define mutex_is_locked(lock) (READ_ONCE((lock)->locked) != 0)

static inline void mutex_destroy(struct mutex *lock)
{
	lock->magic = NULL;
}

static inline int __must_check mutex_lock_interruptible(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}

static inline int __must_check mutex_lock_killable(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}

DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))
DEFINE_FREE(mutex, struct mutex *, if (_T) mutex_unlock(_T))

#endif
