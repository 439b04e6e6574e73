/* SPDX-License-Identifier: MIT */
/* User memory beyond copies, and kernel memory that may fault. */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

unsigned long kasan_guest_mmap(unsigned long len);

unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot, unsigned long flag,
		      unsigned long offset)
{
	if (file)
		return -ENODEV;
	if (flag & MAP_FIXED)
		return -EINVAL;
	return kasan_guest_mmap(len);
}

unsigned long __clear_user(void __user *to, unsigned long n)
{
	static const char zeros[64];
	unsigned long done = 0;

	while (done < n) {
		unsigned long piece = min_t(unsigned long, n - done, sizeof(zeros));
		unsigned long left = raw_copy_to_user(to + done, zeros, piece);

		done += piece - left;
		if (left)
			break;
	}
	return n - done;
}
