const MASK = 2n ** 64n - 1n;
const add = (a: bigint, b: bigint): bigint => (a + b) & MASK;
const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK;

/** The state of SipHash: four words of 64 bits. */
type State = [bigint, bigint, bigint, bigint];

function round([a, b, c, d]: State): State {
  a = add(a, b);
  b = rotate(b, 13n) ^ a;
  a = rotate(a, 32n);
  c = add(c, d);
  d = rotate(d, 16n) ^ c;
  a = add(a, d);
  d = rotate(d, 21n) ^ a;
  c = add(c, b);
  b = rotate(b, 17n) ^ c;
  return [a, b, rotate(c, 32n), d];
}

/** SipHash-2-4 of one word (https://131002.net/siphash; lib/siphash.c, `siphash_1u64()`). */
export function siphash(word: bigint, key: readonly [bigint, bigint]): bigint {
  let state: State = [
    key[0] ^ 0x736f6d6570736575n,
    key[1] ^ 0x646f72616e646f6dn,
    key[0] ^ 0x6c7967656e657261n,
    key[1] ^ 0x7465646279746573n,
  ];
  // The last word has the length, 8, in its top byte.
  for (const block of [word, 8n << 56n]) {
    state[3] ^= block;
    state = round(round(state));
    state[0] ^= block;
  }
  state[2] ^= 0xffn;
  for (let i = 0; i < 4; i++) state = round(state);
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

/** What `%p` prints for an address: an identifier of 32 bits, so that a log tells nothing of where things are (lib/vsprintf.c, `ptr_to_id()`). */
export class PointerHash {
  private readonly key: readonly [bigint, bigint];
  private readonly plain: boolean;

  /**
   * @param seed - the machine's; a kernel's key is random
   * @param plain - addresses are printed as they are (`no_hash_pointers`)
   */
  constructor(seed: number, plain: boolean) {
    this.plain = plain;
    const from = (word: bigint) => siphash(word, [BigInt(seed), 0n]);
    this.key = [from(0n), from(1n)];
  }

  /** What is printed for an address. */
  of(address: bigint): bigint {
    return this.plain ? address : siphash(address, this.key) & 0xffffffffn;
  }
}
