/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_STACKDEPOT_H
#define _LINUX_STACKDEPOT_H

#include <linux/types.h>

/* Guests cannot access the depot: these are only the names of its types. */
typedef u32 depot_stack_handle_t;
typedef u32 depot_flags_t;

#endif
