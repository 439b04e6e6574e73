/* SPDX-License-Identifier: MIT */
/* Copies of user memory that are allocated. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static void *duplicate(void *copy, const void __user *src, size_t len, void (*release)(const void *))
{
	if (!copy)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(copy, src, len)) {
		release(copy);
		return ERR_PTR(-EFAULT);
	}
	return copy;
}

void *memdup_user(const void __user *src, size_t len)
{
	return duplicate(kmalloc_track_caller(len, GFP_USER | __GFP_NOWARN), src, len, kfree);
}

void *vmemdup_user(const void __user *src, size_t len)
{
	return duplicate(kvmalloc(len, GFP_USER), src, len, kvfree);
}

void *memdup_user_nul(const void __user *src, size_t len)
{
	char *copy = duplicate(kmalloc_track_caller(len + 1, GFP_KERNEL), src, len, kfree);

	if (!IS_ERR(copy))
		copy[len] = '\0';
	return copy;
}
