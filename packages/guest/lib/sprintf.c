/* SPDX-License-Identifier: MIT */
/* The machine formats; the text is then written byte by byte, so that KASAN detects an overflow. */
#include <kasan/machine.h>
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

/* The machine's functions behind this file's functions of the same names. */
extern int machine_vsnprintf(char *buf, size_t size, const char *fmt, va_list args) machine_function(vsnprintf);

/* Must remain a loop: a bulk copy would be reported as memcpy's. */
__attribute__((__no_builtin__)) int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	/* Longer texts are formatted in allocated memory. On the stack, since other CPUs format at the same time. */
	char scratch[1024];
	char *text = scratch;
	va_list again;
	size_t used;
	int len;

	if (WARN_ON_ONCE(size > INT_MAX))
		return 0;
	va_copy(again, args);
	len = machine_vsnprintf(scratch, sizeof(scratch), fmt, args);
	if (size == 0)
		goto out;
	if (len >= sizeof(scratch)) {
		text = kmalloc(len + 1, GFP_ATOMIC | __GFP_NOWARN);
		if (!text)
			text = scratch;
		machine_vsnprintf(text, text == scratch ? sizeof(scratch) : len + 1, fmt, again);
	}
	used = min_t(size_t, strlen(text), size - 1);
	for (size_t i = 0; i < used; i++)
		buf[i] = text[i];
	buf[used] = '\0';
	if (text != scratch)
		kfree(text);
out:
	va_end(again);
	return len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

int vsprintf(char *buf, const char *fmt, va_list args)
{
	return vsnprintf(buf, INT_MAX, fmt, args);
}

int sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, INT_MAX, fmt, args);
	va_end(args);
	return len;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int len;

	if (size == 0)
		return 0;
	len = vsnprintf(buf, size, fmt, args);
	return min_t(size_t, len, size - 1);
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	text = kmalloc(len + 1, gfp);
	if (text)
		vsnprintf(text, len + 1, fmt, again);
	va_end(again);
	return text;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = kvasprintf(gfp, fmt, args);
	va_end(args);
	return text;
}
