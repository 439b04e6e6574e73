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

/* Returns the string's length without its NUL, count if it is longer, or -EFAULT. */
long strncpy_from_user(char *dst, const char __user *src, long count)
{
	for (long length = 0; length < count; length++) {
		if (get_user(dst[length], src + length))
			return -EFAULT;
		if (!dst[length])
			return length;
	}
	return count < 0 ? 0 : count;
}

/* Returns the string's length with its NUL; more than n if it is longer; 0 if it cannot be read. */
long strnlen_user(const char __user *str, long n)
{
	char c;

	for (long length = 0; length < n; length++) {
		if (get_user(c, str + length))
			return 0;
		if (!c)
			return length + 1;
	}
	return n + 1;
}
