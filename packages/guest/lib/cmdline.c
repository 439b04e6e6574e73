/* SPDX-License-Identifier: MIT */
/* Parsing of command lines. */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

/* 0: no number; 1: a number; 2: a number and a comma, which is skipped; 3: a number before a hyphen. */
int get_option(char **str, int *pint)
{
	char *start = *str;
	bool negative;
	int value;

	if (!start || !*start)
		return 0;
	negative = *start == '-';
	start += negative;
	value = simple_strtoull(start, str, 0);
	if (pint)
		*pint = negative ? -value : value;
	if (*str == start)
		return 0;
	if (**str == ',') {
		++*str;
		return 2;
	}
	return **str == '-' ? 3 : 1;
}

/*
 * Stores comma-separated numbers and ranges in ints[1] and so on, and their count in
 * ints[0]. Without room for any, they are only counted. Returns where parsing stopped.
 */
char *get_options(const char *str, int nints, int *ints)
{
	bool counting = nints == 0;
	int count = 0;

	while (counting || count + 1 < nints) {
		int first, last;
		int kind = get_option((char **)&str, &first);

		if (kind == 0)
			break;
		if (!counting)
			ints[count + 1] = first;
		if (kind == 3) {
			/* After the hyphen, where the loop continues with the range's last number. */
			str++;
			last = simple_strtol(str, NULL, 0);
			if (last < first)
				break;
			/* Numbers without room are counted as well. */
			for (; first < last; first++, count++)
				if (count + 1 < nints)
					ints[count + 1] = first;
			continue;
		}
		count++;
		if (kind == 1)
			break;
	}
	ints[0] = count;
	return (char *)str;
}

unsigned long long memparse(const char *ptr, char **retptr)
{
	static const char units[] = "kmgtpe";
	char *end;
	unsigned long long value = simple_strtoull(ptr, &end, 0);
	const char *unit = *end ? strchr(units, tolower(*end)) : NULL;

	if (unit) {
		value <<= 10 * (unit - units + 1);
		end++;
	}
	if (retptr)
		*retptr = end;
	return value;
}

bool parse_option_str(const char *str, const char *option)
{
	size_t length = strlen(option);

	while (*str) {
		if (strncmp(str, option, length) == 0 && (str[length] == '\0' || str[length] == ','))
			return true;
		str = strchrnul(str, ',');
		str += *str == ',';
	}
	return false;
}

/* Parses one name or name=value, with spaces if quoted; returns what follows it. */
char *next_arg(char *args, char **param, char **val)
{
	bool whole = *args == '"';
	bool quoted = whole;
	char *equals = NULL;
	char *end;

	args += whole;
	for (end = args; *end && (quoted || !isspace(*end)); end++) {
		if (*end == '=' && !equals && end > args)
			equals = end;
		if (*end == '"')
			quoted = !quoted;
	}
	*param = args;
	*val = equals ? equals + 1 : NULL;
	if (equals) {
		*equals = '\0';
		if (**val == '"') {
			++*val;
			if (end[-1] == '"')
				end[-1] = '\0';
		}
	}
	if (whole && end > args && end[-1] == '"')
		end[-1] = '\0';
	if (*end)
		*end++ = '\0';
	return skip_spaces(end);
}
