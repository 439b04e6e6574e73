/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_IRQFLAGS_H
#define _LINUX_IRQFLAGS_H

#include <linux/types.h>

/* Guest code is never interrupted. */
#define local_irq_disable() do { } while (0)
#define local_irq_enable() do { } while (0)
#define local_irq_save(flags) ((flags) = 0)
#define local_irq_restore(flags) ((void)(flags))
#define local_save_flags(flags) ((flags) = 0)
#define irqs_disabled() 0
#define irqs_disabled_flags(flags) ((void)(flags), 0)
#define local_bh_disable() do { } while (0)
#define local_bh_enable() do { } while (0)

#endif
