/* SPDX-License-Identifier: MIT */
/*
 * What shows the kernel's own structures, and flags by their names, is the source's: the machine, which formats all else, asks for one
 * conversion at a time. The source's functions that the kernel here has in its own way are not seen outside.
 */
#include <linux/capability.h>
#include <linux/kernel.h>

/* Who may see `%pK` is not asked: the machine prints it. */
#define has_capability_noaudit(task, capability) true

#define SOURCES(type, name, ...) static type source_##name(__VA_ARGS__)
SOURCES(int, vsnprintf, char *buf, size_t size, const char *fmt, va_list args);
SOURCES(int, vscnprintf, char *buf, size_t size, const char *fmt, va_list args);
SOURCES(int, snprintf, char *buf, size_t size, const char *fmt, ...);
SOURCES(int, scnprintf, char *buf, size_t size, const char *fmt, ...);
SOURCES(int, vsprintf, char *buf, const char *fmt, va_list args);
SOURCES(int, sprintf, char *buf, const char *fmt, ...);
SOURCES(int, vsscanf, const char *buf, const char *fmt, va_list args);
SOURCES(int, sscanf, const char *buf, const char *fmt, ...);
SOURCES(unsigned long long, simple_strtoull, const char *cp, char **endp, unsigned int base);
SOURCES(unsigned long, simple_strtoul, const char *cp, char **endp, unsigned int base);
SOURCES(long long, simple_strtoll, const char *cp, char **endp, unsigned int base);
SOURCES(long, simple_strtol, const char *cp, char **endp, unsigned int base);

#define vsnprintf source_vsnprintf
#define vscnprintf source_vscnprintf
#define snprintf source_snprintf
#define scnprintf source_scnprintf
#define vsprintf source_vsprintf
#define sprintf source_sprintf
#define vsscanf source_vsscanf
#define sscanf source_sscanf
#define simple_strtoull source_simple_strtoull
#define simple_strtoul source_simple_strtoul
#define simple_strtoll source_simple_strtoll
#define simple_strtol source_simple_strtol
#include "lib/vsprintf.c"

/* The machine's: the conversion, a format by itself, and what takes its text. */
void kasan_guest_conversion(char *format, size_t size);
void kasan_guest_converted(const char *text);

void kasan_guest_format_pointer(const void *address)
{
	char format[64], text[1024];

	kasan_guest_conversion(format, sizeof(format));
	source_snprintf(text, sizeof(text), format, address);
	kasan_guest_converted(text);
}
