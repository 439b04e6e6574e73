import { GENERIC_POISON, type KasanMode, type MemoryState, type PoisonValue, TAG_POISON } from "./poison.ts";
import { atLeast, DEFAULT_VERSION, type KernelVersion } from "./version.ts";

/** The poison values that a kernel of `version` (6.12 by default) uses in `mode`, highest first. */
export function legend(mode: KasanMode = "generic", version: KernelVersion = DEFAULT_VERSION): PoisonValue[] {
  return (mode === "generic" ? GENERIC_POISON : TAG_POISON).filter(
    ({ since, until }) => (!since || atLeast(version, ...since)) && !(until && atLeast(version, ...until)),
  );
}

/** The kernel that the shadow belongs to, and where the byte was found. */
export interface PoisonContext {
  /** Generic by default. */
  mode?: KasanMode;
  /** 6.12 by default. */
  version?: KernelVersion;
  /** Whether the byte describes a task's stack, which tells use-after-scope from vmalloc's 0xf8. False by default. */
  onStack?: boolean;
}

/** The poison value that a shadow byte (0 … 255) stands for in `context`, or `undefined` if it is not a poison value. */
export function poisonValueOf(byte: number, context: PoisonContext = {}): PoisonValue | undefined {
  const known = legend(context.mode, context.version).filter(({ value }) => value === byte);
  return (context.onStack && known.find(({ onStack }) => onStack)) || known.find(({ onStack }) => !onStack);
}

/** The result of {@link meaningOf}. */
export interface ByteMeaning {
  /** The shadow byte. */
  readonly byte: number;
  /** The kernel's name for a poison value; absent for accessible, partial and tagged granules. */
  readonly name?: string;
  /** The meaning of the byte for its granule. */
  readonly state: MemoryState;
  /** One sentence for people, without a full stop. */
  readonly meaning: string;
}

/**
 * Says what a shadow byte (0 … 255) means in `context`. Answers for every byte; `state` is `"unknown"` at worst.
 *
 * @example
 * ```ts
 * import { meaningOf } from "@kasan/shadow";
 *
 * console.log(meaningOf(0xfa).meaning); // start of a freed slab object; it holds the stack of the free
 * console.log(meaningOf(0x03).meaning); // only the first 3 of 8 bytes are accessible
 * ```
 */
export function meaningOf(byte: number, context: PoisonContext = {}): ByteMeaning {
  const poison = poisonValueOf(byte, context);
  if (poison) return { byte, name: poison.name, state: poison.state, meaning: poison.meaning };
  const spelled = byte.toString(16).padStart(2, "0");
  if ((context.mode ?? "generic") !== "generic") {
    return { byte, state: "tagged", meaning: `memory of tag ${spelled}; pointers need the same tag` };
  }
  if (byte === 0) return { byte, state: "accessible", meaning: "all 8 bytes accessible" };
  if (byte < 8) {
    const bytes = byte === 1 ? "only the first byte of 8 is" : `only the first ${byte} of 8 bytes are`;
    return { byte, state: "partial", meaning: `${bytes} accessible` };
  }
  return { byte, state: "unknown", meaning: "no shadow value of this kernel version" };
}
