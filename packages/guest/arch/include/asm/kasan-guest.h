/* SPDX-License-Identifier: MIT */
#ifndef _ASM_KASAN_GUEST_H
#define _ASM_KASAN_GUEST_H

/* WebAssembly has no return addresses: the machine keeps the calls. */
void *kasan_guest_return_address(unsigned int level);
#define __builtin_return_address(level) kasan_guest_return_address(level)
/* Nor do places in code have any: the caller's stands for the place itself (include/linux/instruction_pointer.h). */
#define _THIS_IP_ ((unsigned long)kasan_guest_return_address(0))

/*
 * The number of the CPU that runs the code: the address of a symbol, which the loader gives each CPU's code as a constant. Hidden from
 * the compiler, which takes addresses to be other than 0.
 */
extern const char kasan_guest_this_cpu[], kasan_guest_cpus[];
#define kasan_guest_cpu() \
	({ \
		unsigned long __cpu = (unsigned long)kasan_guest_this_cpu; \
		asm("" : "+r"(__cpu)); \
		(int)__cpu; \
	})

#endif
