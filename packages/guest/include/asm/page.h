/* SPDX-License-Identifier: MIT */
#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H

#include <linux/const.h>
#include <linux/string.h>
#include <linux/types.h>

unsigned int kasan_guest_page_shift(void);

#ifdef KASAN_GUEST_LIBRARY
/* Our own code is compiled once for all sizes. */
#define PAGE_SHIFT kasan_guest_page_shift()
#else
#define PAGE_SHIFT CONFIG_PAGE_SHIFT
#endif
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#if CONFIG_PAGE_SHIFT > 15
#define THREAD_SIZE PAGE_SIZE
#else
#define THREAD_SIZE (1UL << 15)
#endif
#define THREAD_ALIGN (2 * THREAD_SIZE)

struct page;

/* Functions instead of arithmetic: where memory is mapped depends on the machine's architecture and paging mode. */
struct page *virt_to_page(const void *address);
bool virt_addr_valid(const volatile void *address);
phys_addr_t virt_to_phys(const volatile void *address);
void *phys_to_virt(phys_addr_t address);

#define virt_to_page(address) virt_to_page((const void *)(address))
#define virt_addr_valid(address) virt_addr_valid((const void *)(address))
#define __pa(address) ((unsigned long)virt_to_phys((const void *)(address)))
#define __va(address) phys_to_virt((phys_addr_t)(address))
#define PAGE_OFFSET ((unsigned long)phys_to_virt(0))
#define virt_to_pfn(address) (__pa(address) >> PAGE_SHIFT)
#define pfn_to_virt(pfn) __va((unsigned long)(pfn) << PAGE_SHIFT)

#define clear_page(page) memset((page), 0, PAGE_SIZE)
#define copy_page(to, from) memcpy((to), (from), PAGE_SIZE)

typedef struct {
	unsigned long pgprot;
} pgprot_t;
#define __pgprot(x) ((pgprot_t){ (x) })
#define pgprot_val(x) ((x).pgprot)

static inline int get_order(unsigned long size)
{
	return size <= PAGE_SIZE ? 0 : 64 - __builtin_clzl((size - 1) >> PAGE_SHIFT);
}

#endif
