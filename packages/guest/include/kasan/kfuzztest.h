/* SPDX-License-Identifier: MIT */
/*
 * Fuzz targets, as linux/kfuzztest.h of the KFuzzTest proposals declares them. Here, `kasan fuzz` calls them; there are no files in debugfs.
 *
 * FUZZ_TEST_SIMPLE (January 2026): the body gets an input as `data` and `datalen`.
 * FUZZ_TEST (September 2025): the body gets a structure as `arg`, made from an input's regions. Where the proposal describes it in sections
 * of the kernel, here it is in notes: constants that begin with a mark, by which src/fuzz/notes.ts finds them.
 */
#ifndef _KASAN_KFUZZTEST_H
#define _KASAN_KFUZZTEST_H

#include <linux/types.h>

#define FUZZ_TEST_SIMPLE(name)                                                \
	static ssize_t kfuzztest_logic_##name(char *data, size_t datalen);    \
	int kfuzztest_write_##name(char *data, size_t datalen);               \
	int kfuzztest_write_##name(char *data, size_t datalen)                \
	{                                                                     \
		return kfuzztest_logic_##name(data, datalen);                 \
	}                                                                     \
	static ssize_t kfuzztest_logic_##name(char *data, size_t datalen)

/* An input is a header, an array of regions, a table of relocations, padding, and the regions' bytes (Documentation/dev-tools/kfuzztest.rst). */
#define KFUZZTEST_HEADER_MAGIC	0xBFACE
#define KFUZZTEST_V0		0
#define KFUZZTEST_REGIONID_NULL	0xffffffffU
#define KFUZZTEST_POISON_SIZE	8

struct reloc_region {
	u32 offset;
	u32 size;
};

struct reloc_region_array {
	u32 num_regions;
	struct reloc_region regions[];
};

struct reloc_entry {
	u32 region_id;
	u32 region_offset;
	u32 value;
};

struct reloc_table {
	u32 num_entries;
	u32 padding_size;
	struct reloc_entry entries[];
};

/* How many bytes a region has, in the body of a FUZZ_TEST. */
#define KFUZZTEST_REGION_SIZE(id) ((id) < regions->num_regions ? regions->regions[id].size : 0)

/* What a note says; src/fuzz/notes.ts has the same numbers. */
enum kasan_fuzz_note_kind {
	KASAN_FUZZ_TARGET,
	KASAN_FUZZ_POINTER,
	KASAN_FUZZ_ARRAY,
	KASAN_FUZZ_STRING,
	KASAN_FUZZ_LENGTH,
	KASAN_FUZZ_EQ,
	KASAN_FUZZ_NE,
	KASAN_FUZZ_LT,
	KASAN_FUZZ_LE,
	KASAN_FUZZ_GT,
	KASAN_FUZZ_GE,
	KASAN_FUZZ_IN_RANGE,
};

struct kasan_fuzz_note {
	char mark[16];
	u32 kind;
	/* The field, or the structure. */
	u32 offset;
	u32 size;
	u32 is_signed;
	/* Of an array, or of the one whose length the field is. */
	u32 linked;
	u32 element;
	u64 low;
	u64 high;
	char type[96];
	char name[96];
};

#define __KASAN_FUZZ_NOTE(id, ...)                                                                \
	static const struct kasan_fuzz_note __attribute__((used)) kasan_fuzz_note_##id = {      \
		.mark = { 'k', 'a', 's', 'a', 'n', ' ', 'f', 'u', 'z', 'z', ' ', 'n', 'o', 't', 'e', 1 }, \
		__VA_ARGS__                                                                     \
	}

#define __KASAN_FUZZ_FIELD(arg_type, field) (((struct arg_type *)0)->field)
#define __KASAN_FUZZ_SIGNED(value) \
	_Generic((value), signed char: 1, short: 1, int: 1, long: 1, long long: 1, default: 0)

#define __KASAN_FUZZ_NOTE_FIELD(id, arg_type, field, ...)                               \
	__KASAN_FUZZ_NOTE(id, .type = "struct " #arg_type, .name = #field,              \
			.offset = __builtin_offsetof(struct arg_type, field),         \
			.size = sizeof(__KASAN_FUZZ_FIELD(arg_type, field)),            \
			.is_signed = __KASAN_FUZZ_SIGNED(__KASAN_FUZZ_FIELD(arg_type, field)), \
			__VA_ARGS__)

#define FUZZ_TEST(test_name, test_arg_type)                                                      \
	static void kfuzztest_body_##test_name(test_arg_type *arg, struct reloc_region_array *regions); \
	int kfuzztest_write_##test_name(test_arg_type *arg, struct reloc_region_array *regions);      \
	__KASAN_FUZZ_NOTE(target_##test_name, .kind = KASAN_FUZZ_TARGET, .size = sizeof(test_arg_type), \
			.type = #test_arg_type, .name = #test_name);                             \
	int kfuzztest_write_##test_name(test_arg_type *arg, struct reloc_region_array *regions)       \
	{                                                                                        \
		kfuzztest_body_##test_name(arg, regions);                                       \
		return 0;                                                                        \
	}                                                                                        \
	static void kfuzztest_body_##test_name(test_arg_type *arg,                              \
						struct reloc_region_array *regions __attribute__((unused)))

/* A body ends quietly where an expectation does not hold. */
#define __KASAN_FUZZ_EXPECT(id, arg_type, field, holds, kind_, low_, high_)                         \
	__KASAN_FUZZ_NOTE_FIELD(id, arg_type, field, .kind = kind_, .low = (unsigned long)(low_),   \
			      .high = (unsigned long)(high_));                                    \
	if (!(holds))                                                                             \
		return

#define KFUZZTEST_EXPECT_EQ(arg_type, field, val) \
	__KASAN_FUZZ_EXPECT(eq_##arg_type##_##field, arg_type, field, arg->field == (val), KASAN_FUZZ_EQ, val, 0)
#define KFUZZTEST_EXPECT_NE(arg_type, field, val) \
	__KASAN_FUZZ_EXPECT(ne_##arg_type##_##field, arg_type, field, arg->field != (val), KASAN_FUZZ_NE, val, 0)
#define KFUZZTEST_EXPECT_LT(arg_type, field, val) \
	__KASAN_FUZZ_EXPECT(lt_##arg_type##_##field, arg_type, field, arg->field < (val), KASAN_FUZZ_LT, val, 0)
#define KFUZZTEST_EXPECT_LE(arg_type, field, val) \
	__KASAN_FUZZ_EXPECT(le_##arg_type##_##field, arg_type, field, arg->field <= (val), KASAN_FUZZ_LE, val, 0)
#define KFUZZTEST_EXPECT_GT(arg_type, field, val) \
	__KASAN_FUZZ_EXPECT(gt_##arg_type##_##field, arg_type, field, arg->field > (val), KASAN_FUZZ_GT, val, 0)
#define KFUZZTEST_EXPECT_GE(arg_type, field, val) \
	__KASAN_FUZZ_EXPECT(ge_##arg_type##_##field, arg_type, field, arg->field >= (val), KASAN_FUZZ_GE, val, 0)
#define KFUZZTEST_EXPECT_IN_RANGE(arg_type, field, lower_bound, upper_bound)                          \
	__KASAN_FUZZ_EXPECT(in_range_##arg_type##_##field, arg_type, field,                             \
			  arg->field >= (lower_bound) && arg->field <= (upper_bound), KASAN_FUZZ_IN_RANGE, \
			  lower_bound, upper_bound)
#define KFUZZTEST_EXPECT_NOT_NULL(arg_type, field) \
	__KASAN_FUZZ_EXPECT(not_null_##arg_type##_##field, arg_type, field, arg->field != NULL, KASAN_FUZZ_POINTER, 0, 0)

/* Hints: they change nothing for the body. */
#define KFUZZTEST_ANNOTATE_ARRAY(arg_type, field)                                                 \
	__KASAN_FUZZ_NOTE_FIELD(array_##arg_type##_##field, arg_type, field, .kind = KASAN_FUZZ_ARRAY, \
			      .element = sizeof(*__KASAN_FUZZ_FIELD(arg_type, field)))
#define KFUZZTEST_ANNOTATE_STRING(arg_type, field)                                                  \
	__KASAN_FUZZ_NOTE_FIELD(string_##arg_type##_##field, arg_type, field, .kind = KASAN_FUZZ_STRING, \
			      .element = sizeof(*__KASAN_FUZZ_FIELD(arg_type, field)))
#define KFUZZTEST_ANNOTATE_LEN(arg_type, field, linked_field)                                       \
	__KASAN_FUZZ_NOTE_FIELD(length_##arg_type##_##field, arg_type, field, .kind = KASAN_FUZZ_LENGTH, \
			      .linked = __builtin_offsetof(struct arg_type, linked_field),          \
			      .element = sizeof(*__KASAN_FUZZ_FIELD(arg_type, linked_field)))

#endif
