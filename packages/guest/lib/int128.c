/* SPDX-License-Identifier: MIT */
/*
 * 128-bit arithmetic called by compilers: multiplication, used by overflow checks, division
 * and shifts. It passes memory unknown to any check, so, as in a Makefile: KASAN_SANITIZE := n
 */
#include <linux/types.h>

/* Headers before 6.4 have none of these. */
typedef unsigned __int128 u128;
typedef __int128 s128;

union words {
	u128 all;
	struct {
		u64 low, high;
	};
};

u128 __multi3(u128 a, u128 b)
{
	union words x = { a }, y = { b }, product;
	u64 x0 = (u32)x.low, x1 = x.low >> 32, y0 = (u32)y.low, y1 = y.low >> 32;
	u64 low = x0 * y0;
	u64 middle = x1 * y0 + (low >> 32);
	u64 other = x0 * y1 + (u32)middle;

	product.low = other << 32 | (u32)low;
	product.high = x1 * y1 + (middle >> 32) + (other >> 32) + x.low * y.high + x.high * y.low;
	return product.all;
}

u128 __ashlti3(u128 a, int by)
{
	union words x = { a };

	if (by >= 64) {
		x.high = x.low << (by - 64);
		x.low = 0;
	} else if (by) {
		x.high = x.high << by | x.low >> (64 - by);
		x.low <<= by;
	}
	return x.all;
}

u128 __lshrti3(u128 a, int by)
{
	union words x = { a };

	if (by >= 64) {
		x.low = x.high >> (by - 64);
		x.high = 0;
	} else if (by) {
		x.low = x.low >> by | x.high << (64 - by);
		x.high >>= by;
	}
	return x.all;
}

s128 __ashrti3(s128 a, int by)
{
	union words x = { a };

	if (by >= 64) {
		x.low = (s64)x.high >> (by - 64);
		x.high = (s64)x.high >> 63;
	} else if (by) {
		x.low = x.low >> by | x.high << (64 - by);
		x.high = (s64)x.high >> by;
	}
	return x.all;
}

/* Computes the quotient one bit at a time. */
static u128 divide(u128 a, u128 b, u128 *rest)
{
	union words left = { 0 }, from = { a }, quotient = { 0 }, by = { b };

	for (int bit = 127; bit >= 0; bit--) {
		u64 next = (bit >= 64 ? from.high >> (bit - 64) : from.low >> bit) & 1;
		bool carry = left.high >> 63;

		left.high = left.high << 1 | left.low >> 63;
		left.low = left.low << 1 | next;
		if (carry || left.high > by.high || (left.high == by.high && left.low >= by.low)) {
			left.high -= by.high + (left.low < by.low);
			left.low -= by.low;
			if (bit >= 64)
				quotient.high |= 1UL << (bit - 64);
			else
				quotient.low |= 1UL << bit;
		}
	}
	*rest = left.all;
	return quotient.all;
}

u128 __udivti3(u128 a, u128 b)
{
	u128 rest;

	return divide(a, b, &rest);
}

u128 __umodti3(u128 a, u128 b)
{
	u128 rest;

	divide(a, b, &rest);
	return rest;
}

s128 __divti3(s128 a, s128 b)
{
	u128 rest, quotient = divide(a < 0 ? -(u128)a : a, b < 0 ? -(u128)b : b, &rest);

	return (a < 0) != (b < 0) ? -quotient : quotient;
}

s128 __modti3(s128 a, s128 b)
{
	u128 rest;

	divide(a < 0 ? -(u128)a : a, b < 0 ? -(u128)b : b, &rest);
	return a < 0 ? -rest : rest;
}
