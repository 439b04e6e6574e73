/* SPDX-License-Identifier: MIT */
/*
 * Locks. An endless wait is a bug of the guest: it is reported as by the kernel's lock debugging, and ends the guest.
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

/* Lets the other CPU's thread run, if the host has only one processor for both. */
void kasan_guest_pause(void);

static __always_inline void pause_spinning(unsigned int *spins)
{
	if (++*spins % 1024 == 0)
		kasan_guest_pause();
}

static __always_inline bool try_take(raw_spinlock_t *lock)
{
	u32 free = 0;

	return __atomic_compare_exchange_n(&lock->locked, &free, smp_processor_id() + 1, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Inlined, so that call traces show the kernel's functions. */
static __always_inline void take(raw_spinlock_t *lock)
{
	unsigned int spins = 0;

	if (lock->magic != SPINLOCK_MAGIC)
		lock_bug(lock, "spinlock", "bad magic");
	instrument_atomic_read_write(&lock->locked, sizeof(lock->locked));
	/* The owner's number + 1: a CPU that finds its own number would wait for itself. */
	while (!try_take(lock)) {
		if (READ_ONCE(lock->locked) == smp_processor_id() + 1)
			lock_bug(lock, "spinlock", "recursion");
		pause_spinning(&spins);
	}
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
	return try_take(lock);
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

/* Readers count up from 0; a writer is -1. Returns zero if the lock is held the other way. */
static __always_inline int try_read(s32 *count)
{
	s32 readers = READ_ONCE(*count);

	while (readers >= 0)
		if (__atomic_compare_exchange_n(count, &readers, readers + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return 1;
	return 0;
}

static __always_inline int try_write(s32 *count)
{
	s32 free = 0;

	return __atomic_compare_exchange_n(count, &free, -1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
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
	unsigned int spins = 0;

	check_rwlock(lock);
	while (!try_read(&lock->count)) {
		if (num_online_cpus() == 1)
			lock_bug(lock, "rwlock", "recursion");
		pause_spinning(&spins);
	}
}

void _raw_write_lock(rwlock_t *lock)
{
	unsigned int spins = 0;

	check_rwlock(lock);
	while (!try_write(&lock->count)) {
		if (num_online_cpus() == 1)
			lock_bug(lock, "rwlock", "recursion");
		pause_spinning(&spins);
	}
}

void _raw_read_unlock(rwlock_t *lock)
{
	check_rwlock(lock);
	if (lock->count <= 0)
		lock_bug(lock, "rwlock", "already unlocked");
	__atomic_fetch_sub(&lock->count, 1, __ATOMIC_RELEASE);
}

void _raw_write_unlock(rwlock_t *lock)
{
	check_rwlock(lock);
	if (lock->count != -1)
		lock_bug(lock, "rwlock", "already unlocked");
	__atomic_store_n(&lock->count, 0, __ATOMIC_RELEASE);
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

/* 0: free; 1: held; 2: held, and others may be waiting. */
int mutex_trylock(struct mutex *lock)
{
	u32 free = 0;

	check_mutex(lock);
	instrument_atomic_read_write(&lock->locked, sizeof(lock->locked));
	return __atomic_compare_exchange_n(&lock->locked, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void mutex_lock(struct mutex *lock)
{
	if (!mutex_trylock(lock))
		wait_until(lock, __atomic_exchange_n(&lock->locked, 2, __ATOMIC_ACQUIRE) == 0, "mutex_lock");
}

void mutex_unlock(struct mutex *lock)
{
	check_mutex(lock);
	if (!lock->locked)
		lock_bug(lock, "mutex", "already unlocked");
	if (__atomic_exchange_n(&lock->locked, 0, __ATOMIC_RELEASE) == 2)
		kasan_guest_unpark(lock);
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
	wait_until(sem, down_read_trylock(sem), "down_read");
}

void down_write(struct rw_semaphore *sem)
{
	wait_until(sem, down_write_trylock(sem), "down_write");
}

void up_read(struct rw_semaphore *sem)
{
	check_rwsem(sem);
	if (sem->count <= 0)
		lock_bug(sem, "rwsem", "already unlocked");
	if (__atomic_sub_fetch(&sem->count, 1, __ATOMIC_RELEASE) == 0)
		kasan_guest_unpark(sem);
}

void up_write(struct rw_semaphore *sem)
{
	check_rwsem(sem);
	if (sem->count != -1)
		lock_bug(sem, "rwsem", "already unlocked");
	__atomic_store_n(&sem->count, 0, __ATOMIC_RELEASE);
	kasan_guest_unpark(sem);
}

void downgrade_write(struct rw_semaphore *sem)
{
	check_rwsem(sem);
	if (sem->count != -1)
		lock_bug(sem, "rwsem", "not held for writing");
	__atomic_store_n(&sem->count, 1, __ATOMIC_RELEASE);
	kasan_guest_unpark(sem);
}

/* Returns 0 if it was acquired. */
int down_trylock(struct semaphore *sem)
{
	unsigned int count = READ_ONCE(sem->count);

	while (count)
		if (__atomic_compare_exchange_n(&sem->count, &count, count - 1, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return 0;
	return 1;
}

void down(struct semaphore *sem)
{
	wait_until(sem, !down_trylock(sem), "down");
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
	return kasan_guest_wait_for(sem, !down_trylock(sem), kasan_guest_deadline(timeout), 0, "down") ? 0 : -ETIME;
}

void up(struct semaphore *sem)
{
	__atomic_fetch_add(&sem->count, 1, __ATOMIC_RELEASE);
	kasan_guest_unpark(sem);
}

bool try_wait_for_completion(struct completion *x)
{
	unsigned int done = READ_ONCE(x->done);

	/* After complete_all() it stays done. */
	while (done && done != UINT_MAX)
		if (__atomic_compare_exchange_n(&x->done, &done, done - 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return done == UINT_MAX;
}

bool completion_done(struct completion *x)
{
	return READ_ONCE(x->done) != 0;
}

void complete(struct completion *x)
{
	unsigned int done = READ_ONCE(x->done);

	while (done != UINT_MAX)
		if (__atomic_compare_exchange_n(&x->done, &done, done + 1, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			break;
	kasan_guest_unpark(x);
}

void complete_all(struct completion *x)
{
	__atomic_store_n(&x->done, UINT_MAX, __ATOMIC_RELEASE);
	kasan_guest_unpark(x);
}

void wait_for_completion(struct completion *x)
{
	wait_until(x, try_wait_for_completion(x), "wait_for_completion");
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

	if (!kasan_guest_wait_for(x, try_wait_for_completion(x), kasan_guest_deadline(timeout), 0, "wait_for_completion"))
		return 0;
	return max_t(long, end - jiffies, 1);
}

long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)
{
	return wait_for_completion_timeout(x, timeout);
}
