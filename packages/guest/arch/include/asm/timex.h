/* SPDX-License-Identifier: MIT */
#ifndef _ASM_TIMEX_H
#define _ASM_TIMEX_H

typedef unsigned long cycles_t;

/* The machine's clock, in nanoseconds. */
cycles_t get_cycles(void);
#define get_cycles get_cycles

/* As in asm-generic, for delays that are measured in its steps. */
unsigned long random_get_entropy_fallback(void);

#endif
