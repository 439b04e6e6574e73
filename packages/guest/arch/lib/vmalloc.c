/* SPDX-License-Identifier: MIT */
/* vmalloc space, by the kernel's other names. */
#include <linux/mm.h>
#include <linux/vmalloc.h>

void *vmalloc_user_noprof(unsigned long size)
{
	return vzalloc_noprof(size);
}

void *vmalloc_32_noprof(unsigned long size)
{
	return vmalloc_noprof(size);
}

void *vmalloc_node_noprof(unsigned long size, int node)
{
	return vmalloc_noprof(size);
}

void *vzalloc_node_noprof(unsigned long size, int node)
{
	return vzalloc_noprof(size);
}

void *vmalloc_huge_noprof(unsigned long size, gfp_t gfp_mask)
{
	return __vmalloc_noprof(size, gfp_mask);
}

void *vcalloc_noprof(size_t n, size_t size)
{
	size_t bytes;

	return check_mul_overflow(n, size, &bytes) ? NULL : vzalloc_noprof(bytes);
}

void *vmalloc_array_noprof(size_t n, size_t size)
{
	size_t bytes;

	return check_mul_overflow(n, size, &bytes) ? NULL : vmalloc_noprof(bytes);
}

void *__vmalloc_array_noprof(size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	return check_mul_overflow(n, size, &bytes) ? NULL : __vmalloc_noprof(bytes, flags);
}

void *__vcalloc_noprof(size_t n, size_t size, gfp_t flags)
{
	return __vmalloc_array_noprof(n, size, flags | __GFP_ZERO);
}

int is_vmalloc_or_module_addr(const void *x)
{
	return is_vmalloc_addr(x);
}

unsigned long vmalloc_to_pfn(const void *addr)
{
	return page_to_pfn(vmalloc_to_page(addr));
}

/* Nothing here is atomic: no interrupt comes. */
void vfree_atomic(const void *addr)
{
	vfree(addr);
}

/* Areas are the machine's: none has a vm_struct. */
struct vm_struct *find_vm_area(const void *addr)
{
	return NULL;
}
