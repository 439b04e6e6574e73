/* SPDX-License-Identifier: MIT */
/* Tables of a PC's firmware are in memory, and are mapped as memory. The machine has none. */
#ifndef _ASM_DMI_H
#define _ASM_DMI_H

#include <linux/io.h>
#include <linux/slab.h>

#define dmi_early_remap(address, length) memremap(address, length, MEMREMAP_WB)
#define dmi_early_unmap(mapped, length) memunmap(mapped)
#define dmi_remap(address, length) memremap(address, length, MEMREMAP_WB)
#define dmi_unmap(mapped) memunmap(mapped)
#define dmi_alloc(length) kzalloc(length, GFP_KERNEL)

#endif
