/* SPDX-License-Identifier: MIT */
/* Whether each CPU's code asked not to be interrupted; nothing interrupts it. */
#include <linux/irqflags.h>
#include <linux/threads.h>

unsigned long kasan_guest_irqs_off[NR_CPUS];
