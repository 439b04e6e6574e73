/* SPDX-License-Identifier: MIT */
/* User memory for tests. */
#include <kunit/test.h>
#include <linux/mm.h>

unsigned long kunit_vm_mmap(struct kunit *test, struct file *file, unsigned long addr, unsigned long len,
			    unsigned long prot, unsigned long flag, unsigned long offset)
{
	unsigned long at = vm_mmap(file, addr, len, prot, flag, offset);

	/* As in the kernel, 0 is an error. */
	return IS_ERR_VALUE(at) ? 0 : at;
}
