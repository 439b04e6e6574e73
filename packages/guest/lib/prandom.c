/* SPDX-License-Identifier: MIT */
/* Pseudo-random numbers. */
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/string.h>

/* One generator step: some bits are discarded, others shifted out and fed back. */
static u32 step(u32 state, int feed, int back, u32 kept, int shift)
{
	return ((state & kept) << shift) ^ (((state << feed) ^ state) >> back);
}

u32 prandom_u32_state(struct rnd_state *state)
{
	state->s1 = step(state->s1, 6, 13, ~1U, 18);
	state->s2 = step(state->s2, 2, 27, ~7U, 2);
	state->s3 = step(state->s3, 13, 21, ~15U, 7);
	state->s4 = step(state->s4, 3, 12, ~127U, 13);
	return state->s1 ^ state->s2 ^ state->s3 ^ state->s4;
}

void prandom_bytes_state(struct rnd_state *state, void *buf, size_t nbytes)
{
	while (nbytes) {
		u32 word = prandom_u32_state(state);
		size_t used = min(nbytes, sizeof(word));

		memcpy(buf, &word, used);
		buf += used;
		nbytes -= used;
	}
}

void prandom_seed_full_state(struct rnd_state *state)
{
	u32 seeds[4];

	get_random_bytes(seeds, sizeof(seeds));
	*state = (struct rnd_state){ __seed(seeds[0], 2), __seed(seeds[1], 8), __seed(seeds[2], 16),
				     __seed(seeds[3], 128) };
	/* Discards the seed's own pattern. */
	for (int i = 0; i < 10; i++)
		prandom_u32_state(state);
}
