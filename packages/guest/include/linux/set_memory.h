/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SET_MEMORY_H
#define _LINUX_SET_MEMORY_H

/* Permissions of mapped pages: 0, -EINVAL for addresses outside the kernel, or -ENOMEM if a page table cannot be allocated. */
int set_memory_ro(unsigned long addr, int numpages);
int set_memory_rw(unsigned long addr, int numpages);
int set_memory_x(unsigned long addr, int numpages);
int set_memory_nx(unsigned long addr, int numpages);

#endif
