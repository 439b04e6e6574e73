/* SPDX-License-Identifier: MIT */
/* Matching of names with wildcards. */
#include <linux/glob.h>

/* Matches one character class, after its bracket; returns the end of the class in the pattern, or NULL if it has none. */
static const char *match_class(const char *pat, unsigned char c, bool *matches)
{
	bool inverted = *pat == '!';
	bool found = false;

	if (inverted)
		pat++;
	do {
		unsigned char low = *pat++;
		unsigned char high = low;

		if (!low)
			return NULL;
		if (pat[0] == '-' && pat[1] != ']' && pat[1]) {
			high = pat[1];
			pat += 2;
		}
		found |= low <= c && c <= high;
	} while (*pat != ']');
	*matches = found != inverted;
	return pat + 1;
}

bool glob_match(const char *pat, const char *str)
{
	/* Where to continue if the text after the last star does not match here. */
	const char *retry_pat = NULL, *retry_str = NULL;

	for (;;) {
		unsigned char c = *str;
		const char *next = pat + 1;
		bool matches = false;

		switch (*pat) {
		case '*':
			retry_pat = ++pat;
			retry_str = str;
			continue;
		case '?':
			matches = c != '\0';
			break;
		case '[':
			next = c ? match_class(pat + 1, c, &matches) : NULL;
			if (!next) {
				next = pat + 1;
				matches = c == '[';
			}
			break;
		case '\\':
			if (pat[1])
				next++;
			matches = c == (unsigned char)next[-1];
			break;
		default:
			matches = c == (unsigned char)*pat;
		}
		if (matches) {
			if (!c)
				return true;
			pat = next;
			str++;
		} else {
			if (!retry_pat || !*retry_str)
				return false;
			pat = retry_pat;
			str = ++retry_str;
		}
	}
}
