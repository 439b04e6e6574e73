/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/err.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/types.h>

/* There are no files; these types are only declared. */
struct file;
struct inode;
struct dentry;
struct path;

char *file_path(struct file *filp, char *buf, int buflen);
ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos, const void *from, size_t available);

#endif
