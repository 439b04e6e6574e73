/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_IO_H
#define _LINUX_IO_H

#include <asm/page.h>
#include <linux/types.h>

#endif
