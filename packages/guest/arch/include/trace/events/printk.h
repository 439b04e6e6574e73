/* SPDX-License-Identifier: MIT */
/* In place of the tree's: this tracepoint is there without CONFIG_TRACEPOINTS, and the machine calls it. */
#ifndef _TRACE_PRINTK_H
#define _TRACE_PRINTK_H

#include <linux/tracepoint.h>

int register_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data);
int unregister_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data);

#endif
