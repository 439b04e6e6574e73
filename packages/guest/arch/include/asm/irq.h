/* SPDX-License-Identifier: MIT */
#define NR_IRQS 256

#include <asm-generic/irq.h>
