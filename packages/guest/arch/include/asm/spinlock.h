/* SPDX-License-Identifier: MIT */
#ifndef _ASM_SPINLOCK_H
#define _ASM_SPINLOCK_H

#include <asm/processor.h>
#include <asm/spinlock_types.h>

/*
 * A lock holds the number of the CPU that has it, plus 1. A CPU that finds its own number would wait for itself: the machine reports
 * it, as a kernel's lock debugging does, and ends the guest.
 */
void kasan_guest_pause(void);
void kasan_guest_recursion(const void *lock, const char *kind) __noreturn;

#define arch_spin_is_locked(lock) (READ_ONCE((lock)->owner) != 0)
#define arch_spin_is_contended(lock) 0
#define arch_spin_value_unlocked(lock) ((lock).owner == 0)

static __always_inline int arch_spin_trylock(arch_spinlock_t *lock)
{
	return unchecked_cmpxchg32(&lock->owner, 0, kasan_guest_cpu() + 1) == 0;
}

static __always_inline void arch_spin_lock(arch_spinlock_t *lock)
{
	while (!arch_spin_trylock(lock)) {
		if (READ_ONCE(lock->owner) == kasan_guest_cpu() + 1)
			kasan_guest_recursion(lock, "spinlock");
		kasan_guest_pause();
	}
}

static __always_inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	unchecked_fetch_xchg32(&lock->owner, 0);
}

/* Readers count up from 0; a writer is -1. */
static __always_inline int arch_read_trylock(arch_rwlock_t *lock)
{
	int readers = READ_ONCE(lock->count);

	return readers >= 0 && unchecked_cmpxchg32(&lock->count, readers, readers + 1) == readers;
}

static __always_inline int arch_write_trylock(arch_rwlock_t *lock)
{
	return unchecked_cmpxchg32(&lock->count, 0, -1) == 0;
}

static __always_inline void arch_read_lock(arch_rwlock_t *lock)
{
	while (!arch_read_trylock(lock))
		kasan_guest_pause();
}

static __always_inline void arch_write_lock(arch_rwlock_t *lock)
{
	while (!arch_write_trylock(lock))
		kasan_guest_pause();
}

static __always_inline void arch_read_unlock(arch_rwlock_t *lock)
{
	unchecked_fetch_sub32(&lock->count, 1);
}

static __always_inline void arch_write_unlock(arch_rwlock_t *lock)
{
	unchecked_fetch_xchg32(&lock->count, 0);
}

#endif
