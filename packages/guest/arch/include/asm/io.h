/* SPDX-License-Identifier: MIT */
#ifndef _ASM_IO_H
#define _ASM_IO_H

#include <linux/types.h>
#include <asm/page.h>

/* There are no devices behind addresses: mapping one fails. */
void __iomem *ioremap(phys_addr_t address, size_t size);
void iounmap(volatile void __iomem *address);
#define ioremap ioremap
#define iounmap iounmap
#define ioremap_wc ioremap
#define ioremap_wt ioremap
#define ioremap_cache ioremap

#include <asm-generic/io.h>

#endif
