// SPDX-License-Identifier: MIT
// A table of a PC's firmware: of two structures with strings, cut short, and with each byte changed. It is in memory that only a PC has, so
// what reads it is reached from inside.
#define CONFIG_DMI 1
#include "../drivers/firmware/dmi_scan.c"
#include "check.h"

static int seen;
static const char *vendor;
static char first;

static void look(const struct dmi_header *header, void *data)
{
	seen++;
	if (header->type == 0 && header->length >= 5) {
		vendor = dmi_string_nosave(header, ((u8 *)header)[4]);
		first = vendor[0];
	}
}

static long read_dmi(u8 *bytes, size_t size)
{
	seen = 0;
	vendor = NULL;
	dmi_len = size;
	dmi_num = 0;
	dmi_decode_table(bytes, look, NULL);
	return seen;
}

static int __init check_dmi(void)
{
	static const u8 table[] = {
		0, 6, 0, 0, 1, 2, 'a', 'c', 'm', 'e', 0, '1', '.', '2', 0, 0,
		1, 5, 1, 0, 1, 'x', 0, 0,
		127, 4, 2, 0, 0, 0,
	};

	CHECK(parse(read_dmi, table, sizeof(table)) == 3 && first == 'a');
	refused_parts(read_dmi, table, sizeof(table));
	parse_changed(read_dmi, table, sizeof(table));
	return 0;
}
CHECKS(check_dmi);
