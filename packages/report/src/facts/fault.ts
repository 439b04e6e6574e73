import { bugTraits, truncateAddress } from "@kasan/shadow";
import type { AccessFields } from "../sections/access.ts";
import type { ShadowFaultFields } from "../sections/shadow-fault.ts";
import type { TitleFields } from "../sections/title.ts";

/** `KASAN_SHADOW_OFFSET` of x86-64, arm64 (48, 39 and 52 bits), riscv64, s390 and loongarch: where the shadow of address 0 is. */
const SHADOW_OFFSETS: readonly bigint[] = [
  0xdffffc0000000000n,
  0xdfff800000000000n,
  0xdfffffd000000000n,
  0xefff800000000000n,
  0xdfffffff00000000n,
  0x1c000000000000n,
  0xdffe000000000000n,
];

/** Whether the address that faulted is the shadow of the memory that KASAN's hint names, and so not what the code used. */
export function isShadowAddress({ access, shadowFault }: AccessFields & ShadowFaultFields): boolean {
  const { first, last } = shadowFault ?? {};
  if (access === undefined || first === undefined) return false;
  // The range is that of a granule: 8 bytes, or 16 with tags.
  const scale = last !== undefined && last - first === 15n ? 4n : 3n;
  return SHADOW_OFFSETS.includes(truncateAddress(access.address - (first >> scale)));
}

/** The address that the code used: the access's, or the one that KASAN's hint names. */
export function usedAddress(report: AccessFields & ShadowFaultFields): bigint | undefined {
  return report.access && !isShadowAddress(report) ? report.access.address : report.shadowFault?.first;
}

/** Below it nothing is mapped in user space either, as a rule (`vm.mmap_min_addr`): 64 KiB. */
const LOWEST_MAPPED = 0x10000n;

/** What kind of address was used, and whether that is just KASAN's guess. `undefined` if the report does not tell. */
export function badAddressOf(
  report: AccessFields & ShadowFaultFields & TitleFields,
): { readonly kind: "null" | "field" | "user" | "wild"; readonly guess: boolean } | undefined {
  const { shadowFault, bugType, form } = report;
  const address = usedAddress(report);
  const known = report.access !== undefined && !isShadowAddress(report);
  // A fault at a known address needs no hint, which takes every address for one of the shadow.
  if (form === "oops" && known) return address! < 0x1000n ? { kind: "null", guess: false } : undefined;
  // A report can be cut off by an oops, whose hint is not about it.
  const type = (form === "oops" && shadowFault?.type) || bugType;
  const { family } = bugTraits(type);
  const guess = form === "oops" && (/^(?:probably|maybe)/.test(type) || shadowFault?.first === undefined);
  if (family === "null") return { kind: "null", guess };
  if (family === "wild") return { kind: "wild", guess };
  if (family !== "user") return undefined;
  return { kind: address !== undefined && address < LOWEST_MAPPED ? "field" : "user", guess };
}

/** Values that `list_del()` leaves in an entry (`include/linux/poison.h`, with x86-64's and arm64's offset). */
const LIST_POISON = { LIST_POISON1: 0xdead000000000100n, LIST_POISON2: 0xdead000000000122n } as const;

/** The poison of a list entry that the address is at, or not far behind. */
export function listPoisonAt(address: bigint): keyof typeof LIST_POISON | undefined {
  if (address < LIST_POISON.LIST_POISON1 || address >= LIST_POISON.LIST_POISON2 + 0x100n) return undefined;
  return address < LIST_POISON.LIST_POISON2 - 2n ? "LIST_POISON1" : "LIST_POISON2";
}
