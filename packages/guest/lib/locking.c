/* SPDX-License-Identifier: MIT */
/*
 * Locks of one CPU. None is ever waited for by spinning: what would wait for ever is a bug of the guest, told as the
 * kernel's lock debugging tells it, and ends the guest.
 */
#include <linux/bug.h>
#include <linux/completion.h>
#include <linux/instrumented.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include "later.h"

static __noreturn void lock_bug(const void *lock, const char *kind, const char *what)
{
	pr_emerg("BUG: %s %s on CPU#%d, %s/%d\n", kind, what, smp_processor_id(), current->comm, current->pid);
	pr_emerg(" lock: %pS\n", lock);
	dump_stack();
	panic("%s %s", kind, what);
}

void kasan_guest_deadlock(const char *what)
{
	pr_emerg("INFO: task %s:%d blocked for ever in %s: nothing is left to run that could wake it.\n", current->comm,
		 current->pid, what);
	dump_stack();
	panic("hung_task: blocked tasks");
}

void __raw_spin_lock_init(raw_spinlock_t *lock)
{
	*lock = (raw_spinlock_t)__RAW_SPIN_LOCK_UNLOCKED();
}

/* Inlined, so that call traces show the kernel's functions. */
static __always_inline void take(raw_spinlock_t *lock)
{
	if (lock->magic != SPINLOCK_MAGIC)
		lock_bug(lock, "spinlock", "bad magic");
	instrument_atomic_read_write(&lock->locked, sizeof(lock->locked));
	if (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE))
		lock_bug(lock, "spinlock", "recursion");
}

static __always_inline void release(raw_spinlock_t *lock)
{
	if (lock->magic != SPINLOCK_MAGIC)
		lock_bug(lock, "spinlock", "bad magic");
	if (!lock->locked)
		lock_bug(lock, "spinlock", "already unlocked");
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

void _raw_spin_lock(raw_spinlock_t *lock)
{
	take(lock);
}

void _raw_spin_lock_irq(raw_spinlock_t *lock)
{
	take(lock);
}

void _raw_spin_lock_bh(raw_spinlock_t *lock)
{
	take(lock);
}

unsigned long _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	take(lock);
	return 0;
}

int _raw_spin_trylock(raw_spinlock_t *lock)
{
	if (lock->magic != SPINLOCK_MAGIC)
		lock_bug(lock, "spinlock", "bad magic");
	instrument_atomic_read_write(&lock->locked, sizeof(lock->locked));
	return !__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE);
}

void _raw_spin_unlock(raw_spinlock_t *lock)
{
	release(lock);
}

void _raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	release(lock);
}

void _raw_spin_unlock_bh(raw_spinlock_t *lock)
{
	release(lock);
}

void _raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	release(lock);
}

/* Readers count up from 0; a writer is -1. Zero if the lock is held the other way. */
static __always_inline int try_read(s32 *count)
{
	if (*count < 0)
		return 0;
	++*count;
	return 1;
}

static __always_inline int try_write(s32 *count)
{
	if (*count)
		return 0;
	*count = -1;
	return 1;
}

static __always_inline void check_rwlock(rwlock_t *lock)
{
	if (lock->magic != SPINLOCK_MAGIC)
		lock_bug(lock, "rwlock", "bad magic");
}

void kasan_guest_rwlock_init(rwlock_t *lock)
{
	*lock = (rwlock_t)__RW_LOCK_UNLOCKED();
}

int _raw_read_trylock(rwlock_t *lock)
{
	check_rwlock(lock);
	return try_read(&lock->count);
}

int _raw_write_trylock(rwlock_t *lock)
{
	check_rwlock(lock);
	return try_write(&lock->count);
}

void _raw_read_lock(rwlock_t *lock)
{
	check_rwlock(lock);
	if (!try_read(&lock->count))
		lock_bug(lock, "rwlock", "recursion");
}

void _raw_write_lock(rwlock_t *lock)
{
	check_rwlock(lock);
	if (!try_write(&lock->count))
		lock_bug(lock, "rwlock", "recursion");
}

void _raw_read_unlock(rwlock_t *lock)
{
	check_rwlock(lock);
	if (lock->count <= 0)
		lock_bug(lock, "rwlock", "already unlocked");
	lock->count--;
}

void _raw_write_unlock(rwlock_t *lock)
{
	check_rwlock(lock);
	if (lock->count != -1)
		lock_bug(lock, "rwlock", "already unlocked");
	lock->count = 0;
}

static __always_inline void check_mutex(struct mutex *lock)
{
	if (lock->magic != lock)
		lock_bug(lock, "mutex", "bad magic");
}

void kasan_guest_mutex_init(struct mutex *lock)
{
	lock->locked = 0;
	lock->magic = lock;
}

int mutex_trylock(struct mutex *lock)
{
	check_mutex(lock);
	instrument_atomic_read_write(&lock->locked, sizeof(lock->locked));
	return !__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE);
}

void mutex_lock(struct mutex *lock)
{
	while (!mutex_trylock(lock))
		if (!kasan_guest_wait())
			kasan_guest_deadlock("mutex_lock");
}

void mutex_unlock(struct mutex *lock)
{
	check_mutex(lock);
	if (!lock->locked)
		lock_bug(lock, "mutex", "already unlocked");
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

static __always_inline void check_rwsem(struct rw_semaphore *sem)
{
	if (sem->magic != RWSEM_MAGIC)
		lock_bug(sem, "rwsem", "bad magic");
}

void kasan_guest_rwsem_init(struct rw_semaphore *sem)
{
	*sem = (struct rw_semaphore)__RWSEM_INITIALIZER();
}

int down_read_trylock(struct rw_semaphore *sem)
{
	check_rwsem(sem);
	return try_read(&sem->count);
}

int down_write_trylock(struct rw_semaphore *sem)
{
	check_rwsem(sem);
	return try_write(&sem->count);
}

void down_read(struct rw_semaphore *sem)
{
	while (!down_read_trylock(sem))
		if (!kasan_guest_wait())
			kasan_guest_deadlock("down_read");
}

void down_write(struct rw_semaphore *sem)
{
	while (!down_write_trylock(sem))
		if (!kasan_guest_wait())
			kasan_guest_deadlock("down_write");
}

void up_read(struct rw_semaphore *sem)
{
	check_rwsem(sem);
	if (sem->count <= 0)
		lock_bug(sem, "rwsem", "already unlocked");
	sem->count--;
}

void up_write(struct rw_semaphore *sem)
{
	check_rwsem(sem);
	if (sem->count != -1)
		lock_bug(sem, "rwsem", "already unlocked");
	sem->count = 0;
}

void downgrade_write(struct rw_semaphore *sem)
{
	check_rwsem(sem);
	if (sem->count != -1)
		lock_bug(sem, "rwsem", "not held for writing");
	sem->count = 1;
}

int down_trylock(struct semaphore *sem)
{
	if (!sem->count)
		return 1;
	sem->count--;
	return 0;
}

void down(struct semaphore *sem)
{
	while (down_trylock(sem))
		if (!kasan_guest_wait())
			kasan_guest_deadlock("down");
}

int down_interruptible(struct semaphore *sem)
{
	down(sem);
	return 0;
}

int down_killable(struct semaphore *sem)
{
	down(sem);
	return 0;
}

int down_timeout(struct semaphore *sem, long timeout)
{
	unsigned long end = jiffies + timeout;

	while (down_trylock(sem)) {
		if (!time_before(jiffies, end))
			return -ETIME;
		schedule_timeout(1);
	}
	return 0;
}

void up(struct semaphore *sem)
{
	sem->count++;
}

bool try_wait_for_completion(struct completion *x)
{
	if (!x->done)
		return false;
	/* After complete_all() it stays done. */
	if (x->done != UINT_MAX)
		x->done--;
	return true;
}

bool completion_done(struct completion *x)
{
	return READ_ONCE(x->done) != 0;
}

void complete(struct completion *x)
{
	if (x->done != UINT_MAX)
		x->done++;
}

void complete_all(struct completion *x)
{
	x->done = UINT_MAX;
}

void wait_for_completion(struct completion *x)
{
	while (!try_wait_for_completion(x))
		if (!kasan_guest_wait())
			kasan_guest_deadlock("wait_for_completion");
}

int wait_for_completion_interruptible(struct completion *x)
{
	wait_for_completion(x);
	return 0;
}

int wait_for_completion_killable(struct completion *x)
{
	wait_for_completion(x);
	return 0;
}

unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout)
{
	unsigned long end = jiffies + timeout;

	while (!try_wait_for_completion(x)) {
		if (!time_before(jiffies, end))
			return 0;
		if (!run_pending())
			schedule_timeout(1);
	}
	return max_t(long, end - jiffies, 1);
}

long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)
{
	return wait_for_completion_timeout(x, timeout);
}
