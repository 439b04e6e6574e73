/* SPDX-License-Identifier: MIT */
/* User memory: mapping it, and copying to and from it. */
#include <kasan/unchecked.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/instrumented.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/string.h>
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

unsigned long _copy_to_user(void __user *to, const void *from, unsigned long n)
{
	return _inline_copy_to_user(to, from, n);
}

unsigned long _copy_from_user(void *to, const void __user *from, unsigned long n)
{
	return _inline_copy_from_user(to, from, n);
}

unsigned long clear_user(void __user *to, unsigned long n)
{
	static const char zeros[64];
	unsigned long done = 0;

	if (!access_ok(to, n))
		return n;
	while (done < n) {
		unsigned long piece = min_t(unsigned long, n - done, sizeof(zeros));
		unsigned long copied = kasan_guest_copy_user(to + done, zeros, piece);

		done += copied;
		if (copied < piece)
			break;
	}
	return n - done;
}

/* Returns the string's length without its NUL, count if it is longer, or -EFAULT. */
long strncpy_from_user(char *dst, const char __user *src, long count)
{
	if (count <= 0)
		return 0;
	instrument_copy_from_user_before(dst, src, count);
	for (long length = 0; length < count; length++) {
		char c;

		if (!access_ok(src + length, 1) || kasan_guest_copy_user(&c, src + length, 1) != 1)
			return -EFAULT;
		unchecked_store8(dst + length, c);
		if (!c)
			return length;
	}
	return count;
}

/* Returns the string's length with its NUL; more than n if it is longer; 0 if it cannot be read. */
long strnlen_user(const char __user *str, long n)
{
	char c;

	for (long length = 0; length < n; length++) {
		if (!access_ok(str + length, 1) || kasan_guest_copy_user(&c, str + length, 1) != 1)
			return 0;
		if (!c)
			return length + 1;
	}
	return n + 1;
}

/* 1: all zero; 0: not all zero; or -EFAULT. */
int check_zeroed_user(const void __user *from, size_t size)
{
	if (!access_ok(from, size))
		return -EFAULT;
	while (size) {
		u8 piece[64];
		size_t bytes = min(size, sizeof(piece));

		if (kasan_guest_copy_user(piece, from, bytes) != bytes)
			return -EFAULT;
		if (memchr_inv(piece, 0, bytes))
			return 0;
		from += bytes;
		size -= bytes;
	}
	return 1;
}
