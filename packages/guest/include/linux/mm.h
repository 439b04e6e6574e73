/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <asm/page.h>
#include <linux/align.h>
#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mmzone.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#define PAGE_ALIGN(addr) ALIGN(addr, PAGE_SIZE)
#define PAGE_ALIGN_DOWN(addr) ALIGN_DOWN(addr, PAGE_SIZE)
#define PAGE_ALIGNED(addr) IS_ALIGNED((unsigned long)(addr), PAGE_SIZE)
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_PHYS(x) ((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x) ((unsigned long)((x) >> PAGE_SHIFT))

void *page_address(const struct page *page);
unsigned long page_to_pfn(const struct page *page);
struct page *pfn_to_page(unsigned long pfn);
void get_page(struct page *page);
void put_page(struct page *page);
void split_page(struct page *page, unsigned int order);

#define page_to_phys(page) PFN_PHYS(page_to_pfn(page))
#define page_to_virt(page) page_address(page)
#define phys_to_page(phys) pfn_to_page(PHYS_PFN(phys))
#define page_folio(page) (page)
#define folio_page(folio, n) ((folio) + (n))
#define nth_page(page, n) ((page) + (n))
#define folio_address(folio) page_address(folio)
#define folio_get(folio) get_page(folio)
#define folio_put(folio) put_page(folio)
#define kmap_local_folio(folio, offset) (page_address(folio) + (offset))
#define kmap_local_page(page) page_address(page)
#define kunmap_local(address) ((void)(address))
#define kmap(page) page_address(page)
#define kunmap(page) ((void)(page))
#define virt_to_head_page(address) virt_to_page(address)

bool is_vmalloc_addr(const void *x);
struct page *vmalloc_to_page(const void *addr);
#define vmalloc_to_pfn(addr) page_to_pfn(vmalloc_to_page(addr))

struct file;

/* User memory: anonymous, and mapped immediately. */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot, unsigned long flag,
		      unsigned long offset);
int vm_munmap(unsigned long start, size_t len);

struct task_struct;
int get_cmdline(struct task_struct *task, char *buffer, int buflen);

char *kstrdup(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t len, gfp_t gfp);

#endif
