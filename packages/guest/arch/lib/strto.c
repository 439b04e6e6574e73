/* SPDX-License-Identifier: MIT */
/* Numbers from text, which a kernel has in lib/vsprintf.c. */
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include "lib/kstrtox.h"

unsigned long long simple_strtoull(const char *cp, char **endp, unsigned int base)
{
	unsigned long long value;
	const char *digits = _parse_integer_fixup_radix(cp, &base);
	unsigned int used = _parse_integer(digits, base, &value) & ~KSTRTOX_OVERFLOW;

	if (endp)
		*endp = (char *)digits + used;
	return value;
}

unsigned long simple_strtoul(const char *cp, char **endp, unsigned int base)
{
	return simple_strtoull(cp, endp, base);
}

long long simple_strtoll(const char *cp, char **endp, unsigned int base)
{
	return *cp == '-' ? -(long long)simple_strtoull(cp + 1, endp, base) : simple_strtoull(cp, endp, base);
}

long simple_strtol(const char *cp, char **endp, unsigned int base)
{
	return simple_strtoll(cp, endp, base);
}
