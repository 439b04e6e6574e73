/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_TIMER_TYPES_H
#define _LINUX_TIMER_TYPES_H

#include <linux/timer.h>

#endif
