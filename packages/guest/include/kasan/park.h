/* SPDX-License-Identifier: MIT */
#ifndef _KASAN_PARK_H
#define _KASAN_PARK_H

#include <linux/types.h>

/* How tasks wait: a queue is an address, and the machine records which tasks wait on it. */

/* The running task is about to check a condition at address; from now on wake-ups are not lost. */
void kasan_guest_prepare(const volatile void *address, int daemon);
/* The task does not need to wait. */
void kasan_guest_cancel(void);
/* Waits until woken or until the deadline. 0: woken; 1: timeout; 2: nothing is left that could wake it. */
int kasan_guest_wait(s64 deadline);
/* Wakes all tasks that wait on an address; does not access the memory there. */
void kasan_guest_unpark(const volatile void *address);
/* The deadline of a wait of the given number of jiffies. */
s64 kasan_guest_deadline(unsigned long timeout);
void kasan_guest_deadlock(const char *what) __attribute__((__noreturn__));

/* Whether the condition became true before the deadline (ns of the clock). Other results of the wait end the guest. */
#define kasan_guest_wait_for(address, condition, deadline, daemon, what) \
	({ \
		bool __met; \
		for (;;) { \
			int __woken; \
			kasan_guest_prepare(address, daemon); \
			__met = (condition); \
			if (__met) { \
				kasan_guest_cancel(); \
				break; \
			} \
			__woken = kasan_guest_wait(deadline); \
			if (__woken == 2) \
				kasan_guest_deadlock(what); \
			if (__woken == 1) { \
				__met = (condition); \
				break; \
			} \
		} \
		__met; \
	})

#endif
