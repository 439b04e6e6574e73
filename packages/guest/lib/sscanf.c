/* SPDX-License-Identifier: MIT */
/* Parsing of formatted text. */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#if __has_include(<linux/hex.h>)
#include <linux/hex.h>
#endif
#include <linux/string.h>

/* Integer sizes given by the letters before a conversion. */
enum size { CHAR, SHORT, INT, LONG };

static const char *read_size(const char *fmt, enum size *size)
{
	*size = INT;
	switch (*fmt) {
	case 'h':
		*size = SHORT;
		if (*++fmt == 'h') {
			*size = CHAR;
			fmt++;
		}
		break;
	case 'l':
	case 'L':
	case 'z':
		*size = LONG;
		fmt += fmt[0] == 'l' && fmt[1] == 'l' ? 2 : 1;
		break;
	}
	return fmt;
}

/* Reads the characters of a set up to its bracket; NULL if it has no end. */
static const char *read_set(const char *fmt, unsigned long *set)
{
	bool inverted = *fmt == '^';

	fmt += inverted;
	bitmap_zero(set, 256);
	do {
		if (!*fmt)
			return NULL;
		__set_bit((u8)*fmt, set);
	} while (*++fmt != ']');
	/* The kernel supports no ranges, and no set is empty. */
	if (inverted)
		bitmap_complement(set, set, 256);
	/* Never reads past the text's end. */
	__clear_bit(0, set);
	return fmt + 1;
}

/* Parses a number of up to width characters, including sign and prefix; returns its end. */
static const char *read_number(const char *str, int width, int base, u64 *value)
{
	const char *end = str + width;

	bool prefix = str[0] == '0' && tolower(str[1]) == 'x';

	*value = 0;
	if (base == 0)
		base = prefix && isxdigit(str[2]) ? 16 : str[0] == '0' ? 8 : 10;
	/* A field that is too short for more than the prefix is accepted as 0. */
	if (base == 16 && prefix)
		str = min(str + 2, end);
	for (; str < end; str++) {
		int digit = hex_to_bin(*str);

		if (digit < 0 || digit >= base)
			break;
		*value = *value * base + digit;
	}
	return str;
}

static void store(va_list *args, enum size size, u64 value)
{
	switch (size) {
	case CHAR:
		*va_arg(*args, u8 *) = value;
		break;
	case SHORT:
		*va_arg(*args, u16 *) = value;
		break;
	case INT:
		*va_arg(*args, u32 *) = value;
		break;
	case LONG:
		*va_arg(*args, u64 *) = value;
		break;
	}
}

int vsscanf(const char *buf, const char *fmt, va_list list)
{
	const char *str = buf;
	int count = 0;
	va_list args;

	va_copy(args, list);
	while (*fmt) {
		DECLARE_BITMAP(set, 256);
		bool is_signed = false;
		int base = 10, width = -1;
		enum size size;
		char digit, *to;
		u64 value;

		if (isspace(*fmt)) {
			fmt = skip_spaces(fmt);
			str = skip_spaces(str);
			continue;
		}
		if (*fmt != '%' || fmt[1] == '%') {
			fmt += *fmt == '%';
			if (*fmt++ != *str++)
				break;
			continue;
		}
		fmt++;
		if (*fmt == '*') {
			/* Skips to the next white space, whatever the conversion says; sets are not recognized here. */
			if (!*str)
				break;
			for (; *fmt && *fmt != '%' && !isspace(*fmt); fmt++)
				if (*fmt == '[')
					goto out;
			while (*str && !isspace(*str))
				str++;
			continue;
		}
		if (isdigit(*fmt)) {
			for (width = 0; isdigit(*fmt); fmt++)
				width = min(width * 10 + (*fmt - '0'), INT_MAX / 20);
			if (width == 0)
				break;
		}
		fmt = read_size(fmt, &size);
		if (!*fmt)
			break;
		if (*fmt == 'n') {
			*va_arg(args, int *) = str - buf;
			fmt++;
			continue;
		}
		if (!*str)
			break;
		switch (*fmt++) {
		case 'c':
			to = va_arg(args, char *);
			for (width = width < 0 ? 1 : width; width && *str; width--)
				*to++ = *str++;
			count++;
			continue;
		case 's':
			to = va_arg(args, char *);
			str = skip_spaces(str);
			for (width = width < 0 ? SHRT_MAX : width; width && *str && !isspace(*str); width--)
				*to++ = *str++;
			*to = '\0';
			count++;
			continue;
		case '[':
			/* The kernel requires the maximum length. */
			if (width < 0 || size != INT)
				goto out;
			fmt = read_set(fmt, set);
			to = va_arg(args, char *);
			if (!fmt || !test_bit((u8)*str, set))
				goto out;
			for (; width && test_bit((u8)*str, set); width--)
				*to++ = *str++;
			*to = '\0';
			count++;
			continue;
		case 'o':
			base = 8;
			break;
		case 'x':
		case 'X':
			base = 16;
			break;
		case 'i':
			base = 0;
			fallthrough;
		case 'd':
			is_signed = true;
			break;
		case 'u':
			break;
		default:
			goto out;
		}
		str = skip_spaces(str);
		digit = *str;
		if (is_signed && digit == '-') {
			if (width == 1)
				break;
			digit = str[1];
		}
		if (!digit || (base == 16 && !isxdigit(digit)) || (base == 10 && !isdigit(digit)) ||
		    (base == 8 && !isodigit(digit)) || (base == 0 && !isdigit(digit)))
			break;
		if (width < 0)
			width = INT_MAX / 20;
		if (is_signed && *str == '-') {
			str = read_number(str + 1, width - 1, base, &value);
			value = -value;
		} else {
			str = read_number(str, width, base, &value);
		}
		store(&args, size, value);
		count++;
	}
out:
	va_end(args);
	return count;
}

int sscanf(const char *buf, const char *fmt, ...)
{
	va_list args;
	int count;

	va_start(args, fmt);
	count = vsscanf(buf, fmt, args);
	va_end(args);
	return count;
}
