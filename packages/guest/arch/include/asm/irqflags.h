/* SPDX-License-Identifier: MIT */
#ifndef _ASM_IRQFLAGS_H
#define _ASM_IRQFLAGS_H

/* Guest code is never interrupted; only whether it asked not to be is kept, for each CPU. */
#define ARCH_IRQ_DISABLED 0UL
#define ARCH_IRQ_ENABLED 1UL

extern unsigned long kasan_guest_irqs_off[];

static inline unsigned long arch_local_save_flags(void)
{
	return kasan_guest_irqs_off[kasan_guest_cpu()] ? ARCH_IRQ_DISABLED : ARCH_IRQ_ENABLED;
}

static inline void arch_local_irq_restore(unsigned long flags)
{
	kasan_guest_irqs_off[kasan_guest_cpu()] = flags == ARCH_IRQ_DISABLED;
}

#include <asm-generic/irqflags.h>

#endif
