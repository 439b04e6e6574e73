/* SPDX-License-Identifier: MIT */
#ifndef _ASM_SPINLOCK_TYPES_H
#define _ASM_SPINLOCK_TYPES_H

#include <kasan/unchecked.h>
#include <linux/types.h>

typedef struct {
	u32 owner;
} arch_spinlock_t;
#define __ARCH_SPIN_LOCK_UNLOCKED { 0 }

typedef struct {
	s32 count;
} arch_rwlock_t;
#define __ARCH_RW_LOCK_UNLOCKED { 0 }

#endif
