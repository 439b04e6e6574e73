/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_STACKDEPOT_H
#define _LINUX_STACKDEPOT_H

#include <linux/types.h>

/* The depot itself is outside of what guests see: these are the names of its types. */
typedef u32 depot_stack_handle_t;
typedef u32 depot_flags_t;

#endif
