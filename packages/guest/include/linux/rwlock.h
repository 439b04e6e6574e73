/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_RWLOCK_H
#define __LINUX_RWLOCK_H

#include <linux/spinlock_types.h>

void kasan_guest_rwlock_init(rwlock_t *lock);
void _raw_read_lock(rwlock_t *lock);
void _raw_write_lock(rwlock_t *lock);
int _raw_read_trylock(rwlock_t *lock);
int _raw_write_trylock(rwlock_t *lock);
void _raw_read_unlock(rwlock_t *lock);
void _raw_write_unlock(rwlock_t *lock);

#define rwlock_init(lock) kasan_guest_rwlock_init(lock)
#define read_lock(lock) _raw_read_lock(lock)
#define read_lock_irq(lock) _raw_read_lock(lock)
#define read_lock_bh(lock) _raw_read_lock(lock)
#define read_lock_irqsave(lock, flags) ((flags) = 0, _raw_read_lock(lock))
#define read_trylock(lock) _raw_read_trylock(lock)
#define read_unlock(lock) _raw_read_unlock(lock)
#define read_unlock_irq(lock) _raw_read_unlock(lock)
#define read_unlock_bh(lock) _raw_read_unlock(lock)
#define read_unlock_irqrestore(lock, flags) ((void)(flags), _raw_read_unlock(lock))
#define write_lock(lock) _raw_write_lock(lock)
#define write_lock_irq(lock) _raw_write_lock(lock)
#define write_lock_bh(lock) _raw_write_lock(lock)
#define write_lock_irqsave(lock, flags) ((flags) = 0, _raw_write_lock(lock))
#define write_trylock(lock) _raw_write_trylock(lock)
#define write_unlock(lock) _raw_write_unlock(lock)
#define write_unlock_irq(lock) _raw_write_unlock(lock)
#define write_unlock_bh(lock) _raw_write_unlock(lock)
#define write_unlock_irqrestore(lock, flags) ((void)(flags), _raw_write_unlock(lock))

#endif
