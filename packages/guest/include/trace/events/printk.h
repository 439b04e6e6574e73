/* SPDX-License-Identifier: MIT */
#ifndef _TRACE_PRINTK_H
#define _TRACE_PRINTK_H

#include <linux/tracepoint.h>

/* Called with each printed line, without its prefix; the text is not NUL-terminated. */
int register_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data);
int unregister_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data);

#endif
