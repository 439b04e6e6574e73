/* SPDX-License-Identifier: MIT */
/* Stubs for files, of which there are none. */
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

char *file_path(struct file *filp, char *buf, int buflen)
{
	return ERR_PTR(-ENOENT);
}

/* Kernel threads have none. */
int get_cmdline(struct task_struct *task, char *buffer, int buflen)
{
	return 0;
}

/* The number of bytes readable at a position; 0 at the end. */
static ssize_t readable(size_t count, loff_t pos, size_t available)
{
	if (pos < 0)
		return -EINVAL;
	return (size_t)pos < available ? min(count, available - (size_t)pos) : 0;
}

ssize_t memory_read_from_buffer(void *to, size_t count, loff_t *ppos, const void *from, size_t available)
{
	ssize_t bytes = readable(count, *ppos, available);

	if (bytes <= 0)
		return bytes;
	memcpy(to, from + *ppos, bytes);
	*ppos += bytes;
	return bytes;
}

ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos, const void *from, size_t available)
{
	ssize_t bytes = readable(count, *ppos, available);
	ssize_t copied;

	if (bytes <= 0)
		return bytes;
	copied = bytes - copy_to_user(to, from + *ppos, bytes);
	if (!copied)
		return -EFAULT;
	*ppos += copied;
	return copied;
}
