/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_VMALLOC_H
#define _LINUX_VMALLOC_H

#include <asm/page.h>
#include <linux/gfp_types.h>
#include <linux/numa.h>
#include <linux/overflow.h>
#include <linux/types.h>

#define VM_IOREMAP 0x00000001
#define VM_ALLOC 0x00000002
#define VM_MAP 0x00000004
#define VM_USERMAP 0x00000008
#define VM_DMA_COHERENT 0x00000010
#define VM_UNINITIALIZED 0x00000020
#define VM_NO_GUARD 0x00000040
#define VM_KASAN 0x00000080
#define VM_FLUSH_RESET_PERMS 0x00000100
#define VM_MAP_PUT_PAGES 0x00000200
#define VM_ALLOW_HUGE_VMAP 0x00000400

/* Mappings made by a guest are readable and writable, but not executable. */
#define PAGE_KERNEL __pgprot(0x8000000000000163UL)

struct page;

void *vmalloc_noprof(unsigned long size);
void *vzalloc_noprof(unsigned long size);
void *__vmalloc_noprof(unsigned long size, gfp_t gfp_mask);
void vfree(const void *addr);
void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot);
void vunmap(const void *addr);
void *vm_map_ram(struct page **pages, unsigned int count, int node);
void vm_unmap_ram(const void *mem, unsigned int count);
void vm_unmap_aliases(void);
bool is_vmalloc_addr(const void *x);
struct page *vmalloc_to_page(const void *addr);

static __always_inline void *vmalloc(unsigned long size)
{
	return vmalloc_noprof(size);
}

static __always_inline void *vzalloc(unsigned long size)
{
	return vzalloc_noprof(size);
}

static __always_inline void *__vmalloc(unsigned long size, gfp_t gfp_mask)
{
	return __vmalloc_noprof(size, gfp_mask);
}

void *__vmalloc_node_noprof(unsigned long size, unsigned long align, gfp_t gfp_mask, int node, const void *caller);
#define __vmalloc_node(size, align, gfp, node, caller) __vmalloc_node_noprof(size, align, gfp, node, caller)

static __always_inline void *vmalloc_node(unsigned long size, int node)
{
	return vmalloc_noprof(size);
}

static __always_inline void *vzalloc_node(unsigned long size, int node)
{
	return vzalloc_noprof(size);
}

/* The machine never maps huge pages. */
static __always_inline void *vmalloc_huge(unsigned long size, gfp_t gfp_mask)
{
	return __vmalloc_noprof(size, gfp_mask);
}

static __always_inline void *vmalloc_32(unsigned long size)
{
	return vmalloc_noprof(size);
}

static __always_inline void *vmalloc_user(unsigned long size)
{
	return vzalloc_noprof(size);
}

static __always_inline void *vmalloc_array(size_t n, size_t size)
{
	size_t bytes;

	return __size_mul_overflow(n, size, &bytes) ? NULL : vmalloc_noprof(bytes);
}

static __always_inline void *__vmalloc_array(size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	return __size_mul_overflow(n, size, &bytes) ? NULL : __vmalloc_noprof(bytes, flags);
}

static __always_inline void *vcalloc(size_t n, size_t size)
{
	return __vmalloc_array(n, size, GFP_KERNEL | __GFP_ZERO);
}

static inline void vfree_atomic(const void *addr)
{
	vfree(addr);
}

#endif
