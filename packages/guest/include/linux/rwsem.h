/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_RWSEM_H
#define _LINUX_RWSEM_H

#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/types.h>

struct rw_semaphore {
	s32 count; /* readers, or -1: a writer */
	u32 magic;
};

#define RWSEM_MAGIC 0x3e5e3e5e
#define __RWSEM_INITIALIZER(name) { .count = 0, .magic = RWSEM_MAGIC }
#define DECLARE_RWSEM(name) struct rw_semaphore name = __RWSEM_INITIALIZER(name)

void kasan_guest_rwsem_init(struct rw_semaphore *sem);
void down_read(struct rw_semaphore *sem);
int down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);

#define init_rwsem(sem) kasan_guest_rwsem_init(sem)
#define down_read_nested(sem, subclass) down_read(sem)
#define down_write_nested(sem, subclass) down_write(sem)
#define down_read_killable(sem) (down_read(sem), 0)
#define down_read_interruptible(sem) (down_read(sem), 0)
#define down_write_killable(sem) (down_write(sem), 0)
#define rwsem_is_locked(sem) (READ_ONCE((sem)->count) != 0)

DEFINE_GUARD(rwsem_read, struct rw_semaphore *, down_read(_T), up_read(_T))
DEFINE_GUARD(rwsem_write, struct rw_semaphore *, down_write(_T), up_write(_T))

#endif
