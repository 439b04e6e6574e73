/* SPDX-License-Identifier: MIT */
/* Conversion of strings to numbers. */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/overflow.h>

static const char *skip_prefix(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && _tolower(s[1]) == 'x';

	if (*base == 0)
		*base = hex && isxdigit(s[2]) ? 16 : s[0] == '0' ? 8 : 10;
	return *base == 16 && hex ? s + 2 : s;
}

/* For custom parsers, as declared by lib/kstrtox.h of a kernel's source: bit 31 of a length says "too large". */
#define KSTRTOX_OVERFLOW (1U << 31)

const char *_parse_integer_fixup_radix(const char *s, unsigned int *base)
{
	return skip_prefix(s, base);
}

unsigned int _parse_integer_limit(const char *s, unsigned int base, unsigned long long *res, size_t max_chars)
{
	unsigned int length = 0;
	bool overflow = false;

	*res = 0;
	for (; length < max_chars; length++) {
		int digit = hex_to_bin(s[length]);

		if (digit < 0 || digit >= base)
			break;
		overflow |= check_mul_overflow(*res, (unsigned long long)base, res);
		overflow |= check_add_overflow(*res, (unsigned long long)digit, res);
	}
	return overflow ? length | KSTRTOX_OVERFLOW : length;
}

unsigned int _parse_integer(const char *s, unsigned int base, unsigned long long *res)
{
	return _parse_integer_limit(s, base, res, INT_MAX);
}

/* Parses digits from s on. Returns what follows them; *overflow: the number is too large. */
static const char *digits(const char *s, unsigned int base, unsigned long long *res, bool *overflow)
{
	unsigned int length = _parse_integer(s, base, res);

	*overflow = length & KSTRTOX_OVERFLOW;
	return s + (length & ~KSTRTOX_OVERFLOW);
}

static int parse(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned long long value;
	const char *end;
	bool overflow;

	s = skip_prefix(s, &base);
	end = digits(s, base, &value, &overflow);
	if (overflow)
		return -ERANGE;
	if (end == s)
		return -EINVAL;
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	*res = value;
	return 0;
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	return parse(*s == '+' ? s + 1 : s, base, res);
}

int kstrtoll(const char *s, unsigned int base, long long *res)
{
	unsigned long long value;
	int error;

	if (*s == '-') {
		error = parse(s + 1, base, &value);
		if (error)
			return error;
		if ((long long)-value > 0)
			return -ERANGE;
		*res = -value;
		return 0;
	}
	error = kstrtoull(s, base, &value);
	if (error)
		return error;
	if ((long long)value < 0)
		return -ERANGE;
	*res = value;
	return 0;
}

#define KSTRTO(name, type, wide, parser) \
	int name(const char *s, unsigned int base, type *res) \
	{ \
		wide value; \
		int error = parser(s, base, &value); \
\
		if (error) \
			return error; \
		if (value != (wide)(type)value) \
			return -ERANGE; \
		*res = value; \
		return 0; \
	}

KSTRTO(kstrtoul, unsigned long, unsigned long long, kstrtoull)
KSTRTO(kstrtol, long, long long, kstrtoll)
KSTRTO(kstrtouint, unsigned int, unsigned long long, kstrtoull)
KSTRTO(kstrtoint, int, long long, kstrtoll)
KSTRTO(kstrtou16, u16, unsigned long long, kstrtoull)
KSTRTO(kstrtos16, s16, long long, kstrtoll)
KSTRTO(kstrtou8, u8, unsigned long long, kstrtoull)
KSTRTO(kstrtos8, s8, long long, kstrtoll)

int kstrtobool(const char *s, bool *res)
{
	char first = s ? _tolower(s[0]) : '\0';

	/* Digits already have the bit set by _tolower(). */
	if (first == 'y' || first == 't' || first == '1')
		*res = true;
	else if (first == 'n' || first == 'f' || first == '0')
		*res = false;
	else if (first == 'o' && _tolower(s[1]) == 'n')
		*res = true;
	else if (first == 'o' && _tolower(s[1]) == 'f')
		*res = false;
	else
		return -EINVAL;
	return 0;
}

unsigned long long simple_strtoull(const char *cp, char **endp, unsigned int base)
{
	unsigned long long value;
	bool overflow;

	cp = digits(skip_prefix(cp, &base), base, &value, &overflow);
	if (endp)
		*endp = (char *)cp;
	return value;
}

unsigned long simple_strtoul(const char *cp, char **endp, unsigned int base)
{
	return simple_strtoull(cp, endp, base);
}

long long simple_strtoll(const char *cp, char **endp, unsigned int base)
{
	return *cp == '-' ? -simple_strtoull(cp + 1, endp, base) : simple_strtoull(cp, endp, base);
}

long simple_strtol(const char *cp, char **endp, unsigned int base)
{
	return simple_strtoll(cp, endp, base);
}
