import { PAGE_SIZE } from "./address.ts";
import { TASK_SIZE_X86_64 } from "./bug-type.ts";
import { addressOfShadow, isShadow, type ShadowLayout } from "./layout.ts";
import { atLeast, DEFAULT_VERSION, type KernelVersion } from "./version.ts";

/** Describes the access that was being checked when its shadow address faulted. */
export interface ShadowFault {
  /** The kernel's words for it. */
  readonly type:
    | "null-ptr-deref"
    | "probably user-memory-access"
    | "probably wild-memory-access"
    | "maybe wild-memory-access";
  /** First address of the granule whose shadow was read. */
  readonly first: bigint;
  /** Its last address. */
  readonly last: bigint;
}

/**
 * Explains a fault at `faultAddress`: the line `KASAN: … in range [0x…-0x…]` under an oops, which code with inline checks
 * ends in when a pointer is wild (`kasan_non_canonical_hook` in `mm/kasan/report.c`).
 *
 * @param version 6.12 by default; 6.8 began to tell "probably" from "maybe".
 * @returns `undefined` if no check reads that address.
 */
export function explainShadowFault(
  layout: ShadowLayout,
  faultAddress: bigint,
  taskSize: bigint = TASK_SIZE_X86_64,
  version: KernelVersion = DEFAULT_VERSION,
): ShadowFault | undefined {
  if (faultAddress < layout.offset) return undefined;
  const first = addressOfShadow(layout, faultAddress);
  const last = first + BigInt(layout.granule - 1);
  return { type: faultType(), first, last };

  function faultType(): ShadowFault["type"] {
    if (first < PAGE_SIZE) return "null-ptr-deref";
    if (first < taskSize) return "probably user-memory-access";
    const sure = atLeast(version, 6, 8) && isShadow(layout, faultAddress);
    return sure ? "probably wild-memory-access" : "maybe wild-memory-access";
  }
}
