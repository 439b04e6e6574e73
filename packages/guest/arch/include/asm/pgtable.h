/* SPDX-License-Identifier: MIT */
#ifndef _ASM_PGTABLE_H
#define _ASM_PGTABLE_H

#include <asm/page.h>
#include <linux/version.h>

/*
 * The machine's page tables are out of a guest's reach. What headers compute with is here: three levels of 512 entries, of which
 * none is present.
 */
#define PGDIR_SHIFT 30
#define PGDIR_SIZE (1UL << PGDIR_SHIFT)
#define PGDIR_MASK (~(PGDIR_SIZE - 1))
#define PTRS_PER_PGD 512
#define PTRS_PER_PMD 512
#define PTRS_PER_PTE 512
#define PMD_SHIFT 21
#define PMD_SIZE (1UL << PMD_SHIFT)
#define PMD_MASK (~(PMD_SIZE - 1))
#define USER_PTRS_PER_PGD 256
#define FIRST_USER_ADDRESS 0UL

#include <asm-generic/pgtable-nopud.h>

#ifndef __ASSEMBLY__

#define _PAGE_PRESENT 0x001
#define _PAGE_RW 0x002
#define _PAGE_ACCESSED 0x020
#define _PAGE_DIRTY 0x040
#define _PAGE_PFN_SHIFT 12
#define PFN_PTE_SHIFT _PAGE_PFN_SHIFT
#define _PAGE_SWP_EXCLUSIVE 0x200
#define __HAVE_ARCH_PTE_SWP_EXCLUSIVE

#define PAGE_NONE __pgprot(0)
#define PAGE_SHARED __pgprot(_PAGE_PRESENT | _PAGE_RW)
#define PAGE_COPY __pgprot(_PAGE_PRESENT)
#define PAGE_READONLY __pgprot(_PAGE_PRESENT)
#define PAGE_KERNEL __pgprot(_PAGE_PRESENT | _PAGE_RW | 0x060)
#define PAGE_KERNEL_RO __pgprot(_PAGE_PRESENT)
#define PAGE_KERNEL_EXEC PAGE_KERNEL
#define PAGE_KERNEL_NOCACHE PAGE_KERNEL
#define pgprot_noncached(prot) (prot)
#define pgprot_writecombine(prot) (prot)

struct vm_area_struct;
struct mm_struct;

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];
/* A page like any other: variables of the kernel are not in the direct map here. */
extern struct page *kasan_guest_zero_page;
#define ZERO_PAGE(vaddr) kasan_guest_zero_page

/* Between these is vmalloc space, whatever the machine's layout. */
unsigned long kasan_guest_vmalloc_start(void);
unsigned long kasan_guest_vmalloc_end(void);
#define VMALLOC_START kasan_guest_vmalloc_start()
#define VMALLOC_END kasan_guest_vmalloc_end()
#define MODULES_VADDR VMALLOC_START
#define MODULES_END VMALLOC_END

#define pte_ERROR(pte) pr_err("bad pte %016lx\n", pte_val(pte))
#define pmd_ERROR(pmd) pr_err("bad pmd %016lx\n", pmd_val(pmd))
#define pud_ERROR(pud) pr_err("bad pud %016lx\n", pud_val(pud))
#define pgd_ERROR(pgd) pr_err("bad pgd %016lx\n", pgd_val(pgd))

#define pte_none(pte) (!pte_val(pte))
#define pte_present(pte) (pte_val(pte) & _PAGE_PRESENT)
#define pte_pfn(pte) (pte_val(pte) >> _PAGE_PFN_SHIFT)
#define pfn_pte(pfn, prot) __pte((pfn) << _PAGE_PFN_SHIFT | pgprot_val(prot))
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define mk_pte(page, prot) pfn_pte(page_to_pfn(page), prot)
#endif
#define pte_page(pte) pfn_to_page(pte_pfn(pte))
#define pte_clear(mm, addr, ptep) (*(ptep) = __pte(0))
#define pmd_none(pmd) (!pmd_val(pmd))
#define pmd_bad(pmd) 0
#define pmd_present(pmd) (pmd_val(pmd) & _PAGE_PRESENT)
#define pmd_leaf(pmd) 0
#define pmd_clear(pmdp) (*(pmdp) = __pmd(0))
#define pmd_pfn(pmd) (pmd_val(pmd) >> _PAGE_PFN_SHIFT)
#define pmd_page(pmd) pfn_to_page(pmd_pfn(pmd))
#define pud_none(pud) (!pud_val(pud))
#define pud_bad(pud) 0
#define pud_present(pud) (pud_val(pud) & _PAGE_PRESENT)
#define pud_leaf(pud) 0
#define pud_clear(pudp) (*(pudp) = __pud(0))
#define pud_page(pud) pfn_to_page(pud_val(pud) >> _PAGE_PFN_SHIFT)

static inline unsigned long pmd_page_vaddr(pmd_t pmd)
{
	return (unsigned long)__va(pmd_pfn(pmd) << PAGE_SHIFT);
}

static inline pmd_t *pud_pgtable(pud_t pud)
{
	return (pmd_t *)__va(pud_val(pud) & PAGE_MASK);
}

static inline void set_pte(pte_t *ptep, pte_t pte)
{
	*ptep = pte;
}

/* Before 6.7 (PFN_PTE_SHIFT), architectures defined this. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define set_pte_at(mm, addr, ptep, pte) set_pte(ptep, pte)
#define pte_mkwrite(pte) pte_mkwrite_novma(pte)
#endif

static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	*pmdp = pmd;
}

static inline void set_pud(pud_t *pudp, pud_t pud)
{
	*pudp = pud;
}

#define __KASAN_PTE_BIT(name, bit, test, set, clear) \
	static inline int pte_##test(pte_t pte) \
	{ \
		return !!(pte_val(pte) & (bit)); \
	} \
	static inline pte_t pte_##set(pte_t pte) \
	{ \
		return __pte(pte_val(pte) | (bit)); \
	} \
	static inline pte_t pte_##clear(pte_t pte) \
	{ \
		return __pte(pte_val(pte) & ~(bit)); \
	}
__KASAN_PTE_BIT(write, _PAGE_RW, write, mkwrite_novma, wrprotect)
__KASAN_PTE_BIT(dirty, _PAGE_DIRTY, dirty, mkdirty, mkclean)
__KASAN_PTE_BIT(young, _PAGE_ACCESSED, young, mkyoung, mkold)
__KASAN_PTE_BIT(exclusive, _PAGE_SWP_EXCLUSIVE, swp_exclusive, swp_mkexclusive, swp_clear_exclusive)

static inline pte_t pte_modify(pte_t pte, pgprot_t prot)
{
	return pfn_pte(pte_pfn(pte), prot);
}

/* Bits 1 to 5: one that is not present must not look as if it were. */
#define __swp_type(entry) (((entry).val >> 1) & 0x1f)
#define __swp_offset(entry) ((entry).val >> 12)
#define __swp_entry(type, offset) ((swp_entry_t){ (unsigned long)(type) << 1 | (unsigned long)(offset) << 12 })
#define __pte_to_swp_entry(pte) ((swp_entry_t){ pte_val(pte) })
#define __swp_entry_to_pte(swp) __pte((swp).val)

#define update_mmu_cache(vma, addr, ptep) do { } while (0)
#define update_mmu_cache_range(vmf, vma, addr, ptep, nr) do { } while (0)
#define update_mmu_cache_pmd(vma, addr, pmdp) do { } while (0)
#define kern_addr_valid(addr) 1

#endif

#endif
