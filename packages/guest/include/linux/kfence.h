/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KFENCE_H
#define _LINUX_KFENCE_H

#include <linux/types.h>

/* Built without KFENCE. */
static __always_inline bool is_kfence_address(const void *addr)
{
	return false;
}

#endif
