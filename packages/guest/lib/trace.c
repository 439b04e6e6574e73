/* SPDX-License-Identifier: MIT */
/* Tracepoints: only the console's exists. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <trace/events/printk.h>

void kasan_guest_trace_console(char *buffer, size_t size);

#define MAX_PROBES 8

static struct {
	void (*call)(void *data, const char *text, size_t len);
	void *data;
} probes[MAX_PROBES];

/* The printed line. */
static char line[1024];

static bool any_probe(void)
{
	for (int i = 0; i < MAX_PROBES; i++)
		if (probes[i].call)
			return true;
	return false;
}

int register_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data)
{
	for (int i = 0; i < MAX_PROBES; i++) {
		if (!probes[i].call) {
			probes[i].call = probe;
			probes[i].data = data;
			kasan_guest_trace_console(line, sizeof(line));
			return 0;
		}
	}
	return -ENOMEM;
}

int unregister_trace_console(void (*probe)(void *data, const char *text, size_t len), void *data)
{
	for (int i = 0; i < MAX_PROBES; i++) {
		if (probes[i].call == probe && probes[i].data == data) {
			probes[i].call = NULL;
			if (!any_probe())
				kasan_guest_trace_console(NULL, 0);
			return 0;
		}
	}
	return -ENOENT;
}

/* Called by the machine for each line that it has put into the buffer. */
void kasan_guest_console_line(size_t len)
{
	for (int i = 0; i < MAX_PROBES; i++)
		if (probes[i].call)
			probes[i].call(probes[i].data, line, len);
}
