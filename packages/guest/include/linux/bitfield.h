/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_BITFIELD_H
#define _LINUX_BITFIELD_H

#include <asm/byteorder.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/*
 * Fields of a word, given by a mask, which is a constant without gaps. Errors known to the compiler
 * are compile errors. A mask's type may be signed, so it is compared with the word as a 64-bit value.
 */
#define __bf_shf(x) __builtin_ctzll(x)
#define __bf_bits(x) ((u64)(x) & (~0ULL >> (64 - 8 * sizeof(x))))
#define __bf_check(mask, reg, val, who) \
	({ \
		BUILD_BUG_ON_MSG(!__builtin_constant_p(mask), who ": the mask is not constant"); \
		BUILD_BUG_ON_MSG((mask) == 0, who ": the mask is 0"); \
		BUILD_BUG_ON_MSG(__builtin_constant_p(val) && (~((mask) >> __bf_shf(mask)) & (0 + (val))), \
				 who ": the value does not fit the field"); \
		BUILD_BUG_ON_MSG(__bf_bits(mask) > (~0ULL >> (64 - 8 * sizeof(reg))), \
				 who ": the mask does not fit the word"); \
		BUILD_BUG_ON_MSG(((mask) + (1ULL << __bf_shf(mask))) & ((mask) + (1ULL << __bf_shf(mask)) - 1), \
				 who ": the mask has gaps"); \
	})

#define FIELD_MAX(mask) \
	({ \
		__bf_check(mask, 0ULL, 0ULL, "FIELD_MAX"); \
		(typeof(mask))((mask) >> __bf_shf(mask)); \
	})
#define FIELD_FIT(mask, val) \
	({ \
		__bf_check(mask, 0ULL, 0ULL, "FIELD_FIT"); \
		!((((typeof(mask))(val)) << __bf_shf(mask)) & ~(mask)); \
	})
#define FIELD_PREP(mask, val) \
	({ \
		__bf_check(mask, 0ULL, val, "FIELD_PREP"); \
		((typeof(mask))(val) << __bf_shf(mask)) & (mask); \
	})
#define FIELD_GET(mask, reg) \
	({ \
		__bf_check(mask, reg, 0U, "FIELD_GET"); \
		(typeof(mask))(((reg) & (mask)) >> __bf_shf(mask)); \
	})
/* For initializers. */
#define FIELD_PREP_CONST(mask, val) \
	(BUILD_BUG_ON_ZERO((mask) == 0) + BUILD_BUG_ON_ZERO(~((mask) >> __bf_shf(mask)) & (val)) + \
	 (((typeof(mask))(val) << __bf_shf(mask)) & (mask)))

void __field_overflow(void) __attribute__((__error__("the value does not fit the field")));
void __bad_mask(void) __attribute__((__error__("the mask of a field has gaps")));

/* The factor for a field's values: its lowest bit. */
static __always_inline u64 field_multiplier(u64 field)
{
	u64 filled = field | (field - 1);

	if (filled & (filled + 1))
		__bad_mask();
	return field & -field;
}

static __always_inline u64 field_mask(u64 field)
{
	return field / field_multiplier(field);
}

#define field_max(field) ((typeof(field))field_mask(field))

/* u32_get_bits() etc.: fields of numbers with a given size and byte order. */
#define __bf_functions(name, type, base, to, from) \
	static __always_inline type name##_encode_bits(base v, base field) \
	{ \
		if (__builtin_constant_p(v) && (v & ~field_mask(field))) \
			__field_overflow(); \
		return to((base)((v & field_mask(field)) * field_multiplier(field))); \
	} \
	static __always_inline type name##_replace_bits(type old, base val, base field) \
	{ \
		return (old & ~to(field)) | name##_encode_bits(val, field); \
	} \
	static __always_inline void name##p_replace_bits(type *p, base val, base field) \
	{ \
		*p = name##_replace_bits(*p, val, field); \
	} \
	static __always_inline base name##_get_bits(type v, base field) \
	{ \
		return (from(v) & field) / field_multiplier(field); \
	}
#define __bf_functions_of_size(size) \
	__bf_functions(le##size, __le##size, u##size, cpu_to_le##size, le##size##_to_cpu) \
	__bf_functions(be##size, __be##size, u##size, cpu_to_be##size, be##size##_to_cpu) \
	__bf_functions(u##size, u##size, u##size, , )

__bf_functions(u8, u8, u8, , )
__bf_functions_of_size(16)
__bf_functions_of_size(32)
__bf_functions_of_size(64)

#undef __bf_functions_of_size
#undef __bf_functions

#endif
