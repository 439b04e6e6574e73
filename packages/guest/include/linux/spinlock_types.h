/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_SPINLOCK_TYPES_H
#define __LINUX_SPINLOCK_TYPES_H

#include <linux/types.h>

/* A value that distinguishes a valid lock from uninitialized or freed memory. */
#define SPINLOCK_MAGIC 0xdead4ead

typedef struct raw_spinlock {
	u32 locked;
	u32 magic;
} raw_spinlock_t;

typedef struct spinlock {
	struct raw_spinlock rlock;
} spinlock_t;

typedef struct {
	s32 count; /* readers, or -1: a writer */
	u32 magic;
} rwlock_t;

#define __RAW_SPIN_LOCK_UNLOCKED(name) { .locked = 0, .magic = SPINLOCK_MAGIC }
#define __SPIN_LOCK_UNLOCKED(name) { .rlock = __RAW_SPIN_LOCK_UNLOCKED(name) }
#define __RW_LOCK_UNLOCKED(name) { .count = 0, .magic = SPINLOCK_MAGIC }
#define DEFINE_RAW_SPINLOCK(x) raw_spinlock_t x = __RAW_SPIN_LOCK_UNLOCKED(x)
#define DEFINE_SPINLOCK(x) spinlock_t x = __SPIN_LOCK_UNLOCKED(x)
#define DEFINE_RWLOCK(x) rwlock_t x = __RW_LOCK_UNLOCKED(x)

#endif
