/* SPDX-License-Identifier: MIT */
#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H

#include <linux/const.h>

#ifndef CONFIG_PAGE_SHIFT
#define CONFIG_PAGE_SHIFT 12
#endif
#ifndef PAGE_SHIFT
#define PAGE_SHIFT CONFIG_PAGE_SHIFT
#endif
#define PAGE_SIZE (_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK (~((1L << PAGE_SHIFT) - 1))

#ifndef __ASSEMBLY__

#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long pmd;
} pmd_t;
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x) ((x).pte)
#define pmd_val(x) ((x).pmd)
#define pgd_val(x) ((x).pgd)
#define pgprot_val(x) ((x).pgprot)
#define __pte(x) ((pte_t){ (x) })
#define __pmd(x) ((pmd_t){ (x) })
#define __pgd(x) ((pgd_t){ (x) })
#define __pgprot(x) ((pgprot_t){ (x) })

struct page;

/* Functions instead of arithmetic: where memory is mapped depends on the machine's architecture and paging mode. */
struct page *virt_to_page(const void *address);
bool virt_addr_valid(const void *address);
phys_addr_t virt_to_phys(const volatile void *address);
void *phys_to_virt(phys_addr_t address);
unsigned long page_to_pfn(const struct page *page);
struct page *pfn_to_page(unsigned long pfn);

#define virt_to_phys virt_to_phys
#define phys_to_virt phys_to_virt
#define virt_to_page(address) virt_to_page((const void *)(address))
#define virt_addr_valid(address) virt_addr_valid((const void *)(address))
#define __pa(address) ((unsigned long)virt_to_phys((const void *)(address)))
#define __va(address) phys_to_virt((phys_addr_t)(address))
#define __pa_symbol(address) __pa(address)
#define PAGE_OFFSET ((unsigned long)phys_to_virt(0))
#define ARCH_PFN_OFFSET 0UL
#define pfn_valid(pfn) ((pfn) < max_mapnr)
extern unsigned long max_mapnr;
#define virt_to_pfn(address) (__pa(address) >> PAGE_SHIFT)
#define pfn_to_virt(pfn) __va((unsigned long)(pfn) << PAGE_SHIFT)
#define page_to_phys(page) ((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#define phys_to_page(phys) pfn_to_page((unsigned long)((phys) >> PAGE_SHIFT))
#if defined(CONFIG_KASAN_SW_TAGS) || defined(CONFIG_KASAN_HW_TAGS)
/* A page's address has the page's tag. */
#define page_to_virt(of) \
	({ \
		const struct page *__tagged = (of); \
		arch_kasan_set_tag(__va(page_to_phys(__tagged)), page_kasan_tag(__tagged)); \
	})
#else
#define page_to_virt(page) __va((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#endif
#define __pfn_to_phys(pfn) ((phys_addr_t)(pfn) << PAGE_SHIFT)
#define __phys_to_pfn(phys) ((unsigned long)((phys) >> PAGE_SHIFT))
#define __pfn_to_page pfn_to_page
#define __page_to_pfn page_to_pfn

#define clear_page(page) memset((page), 0, PAGE_SIZE)
#define copy_page(to, from) memcpy((to), (from), PAGE_SIZE)
#define clear_user_page(page, vaddr, pg) clear_page(page)
#define copy_user_page(to, from, vaddr, pg) copy_page(to, from)

#define VM_DATA_DEFAULT_FLAGS VM_DATA_FLAGS_TSK_EXEC

#include <asm-generic/getorder.h>

#endif

#endif
