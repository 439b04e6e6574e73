/* SPDX-License-Identifier: MIT */
#ifndef _ASM_MTE_KASAN_H
#define _ASM_MTE_KASAN_H

#include <kasan/mte.h>

#endif
