/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_TIME_H
#define _LINUX_TIME_H

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/time64.h>

#endif
