/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_PRANDOM_H
#define _LINUX_PRANDOM_H

#include <linux/once.h>
#include <linux/random.h>
#include <linux/types.h>

/* Pseudo-random numbers, the same ones for a seed: four Tausworthe generators (L'Ecuyer's LFSR113). */
struct rnd_state {
	__u32 s1, s2, s3, s4;
};

u32 prandom_u32_state(struct rnd_state *state);
void prandom_bytes_state(struct rnd_state *state, void *buf, size_t nbytes);
void prandom_seed_full_state(struct rnd_state __percpu *pcpu_state);

#define prandom_init_once(pcpu_state) prandom_seed_full_state(pcpu_state)

/* Each generator's state must exceed the bits that it discards. */
static inline u32 __seed(u32 x, u32 m)
{
	return x < m ? x + m : x;
}

static inline void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	u32 folded = (u32)(seed ^ (seed << 10) ^ (seed >> 32));

	state->s1 = __seed(folded, 2);
	state->s2 = __seed(folded, 8);
	state->s3 = __seed(folded, 16);
	state->s4 = __seed(folded, 128);
}

static inline u32 next_pseudo_random32(u32 seed)
{
	return seed * 1664525 + 1013904223;
}

#endif
