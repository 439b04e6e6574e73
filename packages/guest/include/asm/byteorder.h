/* SPDX-License-Identifier: MIT */
#ifndef _ASM_BYTEORDER_H
#define _ASM_BYTEORDER_H

#include <linux/swab.h>
#include <linux/types.h>

#define __LITTLE_ENDIAN 1234

#define cpu_to_le16(x) ((__le16)(u16)(x))
#define cpu_to_le32(x) ((__le32)(u32)(x))
#define cpu_to_le64(x) ((__le64)(u64)(x))
#define le16_to_cpu(x) ((u16)(__le16)(x))
#define le32_to_cpu(x) ((u32)(__le32)(x))
#define le64_to_cpu(x) ((u64)(__le64)(x))
#define cpu_to_be16(x) ((__be16)swab16((u16)(x)))
#define cpu_to_be32(x) ((__be32)swab32((u32)(x)))
#define cpu_to_be64(x) ((__be64)swab64((u64)(x)))
#define be16_to_cpu(x) swab16((u16)(__be16)(x))
#define be32_to_cpu(x) swab32((u32)(__be32)(x))
#define be64_to_cpu(x) swab64((u64)(__be64)(x))

#define __cpu_to_le16(x) cpu_to_le16(x)
#define __cpu_to_le32(x) cpu_to_le32(x)
#define __cpu_to_le64(x) cpu_to_le64(x)
#define __le16_to_cpu(x) le16_to_cpu(x)
#define __le32_to_cpu(x) le32_to_cpu(x)
#define __le64_to_cpu(x) le64_to_cpu(x)
#define __cpu_to_be16(x) cpu_to_be16(x)
#define __cpu_to_be32(x) cpu_to_be32(x)
#define __cpu_to_be64(x) cpu_to_be64(x)
#define __be16_to_cpu(x) be16_to_cpu(x)
#define __be32_to_cpu(x) be32_to_cpu(x)
#define __be64_to_cpu(x) be64_to_cpu(x)

#define htons(x) cpu_to_be16(x)
#define htonl(x) cpu_to_be32(x)
#define ntohs(x) be16_to_cpu(x)
#define ntohl(x) be32_to_cpu(x)

/* Conversions through pointers, and in place. */
#define __through_pointers(kind, bits) \
	static __always_inline u##bits kind##bits##_to_cpup(const __##kind##bits *p) \
	{ \
		return kind##bits##_to_cpu(*p); \
	} \
	static __always_inline __##kind##bits cpu_to_##kind##bits##p(const u##bits *p) \
	{ \
		return cpu_to_##kind##bits(*p); \
	} \
	static inline void kind##bits##_to_cpus(void *p) \
	{ \
		*(u##bits *)p = kind##bits##_to_cpup(p); \
	} \
	static inline void cpu_to_##kind##bits##s(void *p) \
	{ \
		*(__##kind##bits *)p = cpu_to_##kind##bits##p(p); \
	}
__through_pointers(le, 16)
__through_pointers(le, 32)
__through_pointers(le, 64)
__through_pointers(be, 16)
__through_pointers(be, 32)
__through_pointers(be, 64)
#undef __through_pointers

static inline void le32_to_cpu_array(u32 *buf, unsigned int words)
{
	for (unsigned int i = 0; i < words; i++)
		buf[i] = le32_to_cpu(buf[i]);
}

static inline void cpu_to_le32_array(u32 *buf, unsigned int words)
{
	le32_to_cpu_array(buf, words);
}

static inline void le16_add_cpu(__le16 *var, u16 val)
{
	*var = cpu_to_le16(le16_to_cpu(*var) + val);
}

static inline void le32_add_cpu(__le32 *var, u32 val)
{
	*var = cpu_to_le32(le32_to_cpu(*var) + val);
}

static inline void le64_add_cpu(__le64 *var, u64 val)
{
	*var = cpu_to_le64(le64_to_cpu(*var) + val);
}

static inline void be16_add_cpu(__be16 *var, u16 val)
{
	*var = cpu_to_be16(be16_to_cpu(*var) + val);
}

static inline void be32_add_cpu(__be32 *var, u32 val)
{
	*var = cpu_to_be32(be32_to_cpu(*var) + val);
}

#endif
