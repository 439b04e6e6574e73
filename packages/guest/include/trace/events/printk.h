/* SPDX-License-Identifier: MIT */
#ifndef _TRACE_PRINTK_H
#define _TRACE_PRINTK_H

#include <linux/tracepoint.h>

/* Called with each line that is printed, without its prefix; the text has no NUL at its end. */
int register_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data);
int unregister_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data);

#endif
