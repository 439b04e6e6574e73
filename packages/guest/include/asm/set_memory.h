/* SPDX-License-Identifier: MIT */
#ifndef _ASM_SET_MEMORY_H
#define _ASM_SET_MEMORY_H

#include <linux/set_memory.h>

#endif
