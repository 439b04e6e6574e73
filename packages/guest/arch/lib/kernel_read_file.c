/* SPDX-License-Identifier: MIT */
/* Files that the kernel reads by their path in the first mount namespace, such as firmware: there are none (fs/kernel_read_file.c). */
#include <linux/errno.h>
#include <linux/kernel_read_file.h>
#include <linux/types.h>

/* Its type has changed. */
typeof(kernel_read_file_from_path_initns(NULL, 0, NULL, 0, NULL, 0))
kernel_read_file_from_path_initns(const char *path, loff_t offset, void **buf, size_t buf_size, size_t *file_size,
				  enum kernel_read_file_id id)
{
	return -ENOENT;
}
