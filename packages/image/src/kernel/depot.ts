import { ImageError } from "../error.ts";
import type { Kernel } from "./kernel.ts";

/** A form of handles and records that some version of lib/stackdepot.c has. */
interface DepotForm {
  /** Bits of a handle that say the pool, from bit 0 on; the next ten are the offset in it. */
  readonly poolBits: number;
  /** 1 where a handle says the pool's number plus one (since 6.9). */
  readonly firstPool: 0 | 1;
  /** Where a record has its handle, the number of its frames, and the frames. */
  readonly handle: number;
  readonly size: number;
  readonly frames: number;
}

/** Records lie at multiples of 16 bytes in pools of four pages: ten bits (`DEPOT_OFFSET_BITS`). */
const OFFSET_BITS = 10;
const RECORD_SHIFT = 4;
/** Frames of a stack at most (CONFIG_STACKDEPOT_MAX_FRAMES has up to 256). */
const MOST_FRAMES = 256;

/** Before 6.8, records have a link in place of a list, and no count. */
const RECORDS = [
  { handle: 24, size: 20, frames: 32 },
  { handle: 16, size: 12, frames: 24 },
] as const;
/** 32 bits, without the offset's, and without those for the user's own (5, since 5.19) and the one that says valid (up to 6.7). */
const FORMS: readonly DepotForm[] = [17, 16, 21].flatMap((poolBits) =>
  ([1, 0] as const).flatMap((firstPool) => RECORDS.map((record) => ({ poolBits, firstPool, ...record }))),
);

/** Names of the array of pools, by version. */
const POOLS = ["stack_pools", "stack_slabs"] as const;

/** Where a kernel keeps the stacks that it saved: handles (32 bits) lead to them. Its form is the one whose records name themselves. */
export class StackDepot {
  private form: DepotForm | undefined;
  private readonly pools: bigint;

  /** @throws {@link ImageError} `IMAGE_SYMBOLS` if the kernel has none, or its symbols do not name it */
  constructor(private readonly kernel: Kernel) {
    const pools = POOLS.map((name) => kernel.symbol(name)).find((address) => address !== undefined);
    if (pools === undefined) throw new ImageError("IMAGE_SYMBOLS", "the kernel's symbols do not name the stack depot");
    this.pools = pools;
  }

  /** The return addresses of a stack, innermost first; `undefined` if the handle leads to none. */
  frames(handle: number): readonly bigint[] | undefined {
    if (handle === 0) return undefined;
    if (this.form) return this.read(this.form, handle);
    for (const form of FORMS) {
      const frames = this.read(form, handle);
      if (!frames) continue;
      this.form = form;
      return frames;
    }
    return undefined;
  }

  private read({ poolBits, firstPool, ...record }: DepotForm, handle: number): bigint[] | undefined {
    const { memory } = this.kernel;
    return this.kernel.attempt(() => {
      const pool = (handle & (2 ** poolBits - 1)) - firstPool;
      const offset = (handle >>> poolBits) & (2 ** OFFSET_BITS - 1);
      if (pool < 0) return undefined;
      const at = memory.u64(this.pools + BigInt(pool * 8)) + BigInt(offset << RECORD_SHIFT);
      const own = 2 ** (poolBits + OFFSET_BITS) - 1;
      if ((memory.u32(at + BigInt(record.handle)) & own) !== (handle & own)) return undefined;
      const count = memory.u32(at + BigInt(record.size));
      if (count === 0 || count > MOST_FRAMES) return undefined;
      const bytes = memory.bytes(at + BigInt(record.frames), count * 8);
      const frames = Array.from(new BigUint64Array(bytes.buffer));
      return frames.every((frame) => frame >= 1n << 63n) ? frames : undefined;
    });
  }
}
