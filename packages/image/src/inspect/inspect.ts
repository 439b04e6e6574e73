import {
  type Explanation,
  explain,
  MEMORY_TYPE_SHIFT,
  MemoryType,
  PageFlags,
  type Region,
  regionOf,
  type Step,
} from "@kasan/mmu";
import {
  addressOfShadow,
  type ByteMeaning,
  isShadow,
  meaningOf,
  resetTag,
  shadowOf,
  truncateAddress,
} from "@kasan/shadow";
import { type Finding, findOut } from "../finding/finding.ts";
import type { MemoryImage } from "../image.ts";
import { bugOf, isFreeable } from "../report/reconstruct.ts";
import { type AccessOptions, type Verdict, verdictOf } from "./verdict.ts";

/** The permissions of an address after all levels. */
export interface Permissions {
  /** The kernel may read. */
  readonly read: boolean;
  /** The kernel may write. */
  readonly write: boolean;
  /** The kernel may execute. */
  readonly execute: boolean;
  /** User code may access. */
  readonly user: boolean;
}

/** One level of a translation, and what it leaves of the permissions. */
export interface InspectedLevel extends Step {
  /** The combined permissions of this entry and those above it; absent if the walk ends here without a mapping. */
  readonly permits: Permissions | undefined;
}

/** The root table that the processor starts an address's translation with. */
export interface InspectedRoot {
  /** The register that points to it: `CR3`, `TTBR0_EL1` (arm64's user space), `TTBR1_EL1`. */
  readonly register: string;
  /** Its physical address; `undefined` if it is not known. */
  readonly physical: number | undefined;
}

/** The shadow of an address. */
export interface InspectedShadow {
  /** The address of its first byte. */
  readonly address: bigint;
  /** The bytes of all granules that the access touches; -1 where none is mapped. */
  readonly bytes: readonly number[];
  /** The meaning of the first byte; `undefined` if it is not mapped. */
  readonly meaning: ByteMeaning | undefined;
  /** Sixteen rows of sixteen bytes, the address's own the ninth. */
  readonly rows: readonly ShadowRow[];
  /** The meanings of the bytes in {@link rows}, the lowest first. Tags mean themselves and are left out. */
  readonly legend: readonly ByteMeaning[];
}

/** A row of shadow, as reports print them. */
export interface ShadowRow {
  /** The address of the memory, not of its shadow. */
  readonly address: bigint;
  /** Its shadow bytes; -1 where none is mapped. */
  readonly bytes: readonly number[];
}

/** All that an image tells of an address. */
export interface Inspection {
  /** The address, with its tag. */
  readonly address: bigint;
  /** The address without one. */
  readonly untagged: bigint;
  /** The access that is asked about, or its free. */
  readonly access: AccessOptions | "free";
  /** The region that it lies in. */
  readonly region: Region;
  /** If it lies in the shadow: the first address that it is the shadow of. */
  readonly describes: bigint | undefined;
  /** The root table that translates it; `undefined` if the address is not canonical. */
  readonly root: InspectedRoot | undefined;
  /** From the root on. */
  readonly levels: readonly InspectedLevel[];
  /** Why it is not mapped; `undefined` if it is. */
  readonly reason: Explanation["reason"] | "no-root";
  /** The physical address; `undefined` if it is not mapped. */
  readonly physical: number | undefined;
  /** Whether the image has the memory there. */
  readonly present: boolean;
  /** Why the image does not have it, for people to read; `undefined` if it does, or if there is no memory. */
  readonly absence: string | undefined;
  /** Bytes of the page that maps it. */
  readonly pageBytes: number | undefined;
  /** Its permissions. */
  readonly permissions: Permissions | undefined;
  /** How it is cached: `write-back`. */
  readonly memoryType: string | undefined;
  /** Its shadow; `undefined` if the kernel has none, or none for it. */
  readonly shadow: InspectedShadow | undefined;
  /** KASAN's verdict on the access. */
  readonly verdict: Verdict;
  /** What the kernel's own data say of the address. */
  readonly finding: Finding;
}

/** What kmalloc returns for 0 bytes. */
const ZERO_SIZE_PTR = 16n;
const ROWS = 16;
const ROWS_BEFORE = 8;
const BYTES_PER_ROW = 16;

/** Follows one address (0 … 2^64-1) through an image. `access` is what {@link Inspection.verdict} is about: `free` is `kfree` of the address. */
export function inspect(image: MemoryImage, address: bigint, access: AccessOptions | "free" = {}): Inspection {
  const { architecture, memory } = image;
  const untagged = architecture.ignoredTopBits > 0 ? resetTag(address) : address;
  const explained = explain(image, untagged);
  const mapped = explained.reason === undefined;
  const root = rootOf(image, untagged);
  const { physical } = explained;
  const layout = image.shadow;
  const permissions = mapped ? permissionsOf(explained.flags) : undefined;
  return {
    address,
    untagged,
    access,
    region: regionOf(architecture.regions, untagged),
    describes: layout && isShadow(layout, untagged) ? addressOfShadow(layout, untagged) : undefined,
    root,
    levels: levelsOf(image, explained),
    reason: root && root.physical === undefined ? "no-root" : explained.reason,
    physical,
    absence: physical === undefined ? undefined : memory.absence(physical),
    present: physical !== undefined && memory.byte(physical) >= 0,
    pageBytes: mapped ? 2 ** explained.steps.at(-1)!.shift : undefined,
    permissions,
    memoryType: mapped ? memoryTypeOf(explained.flags) : undefined,
    shadow: layout && untagged >= layout.memoryStart ? shadowAround(image, untagged, bytesOf(access)) : undefined,
    verdict: permitted(verdictWith(image, address, access), access, permissions),
    finding: findOut(image.kernel, address, access),
  };
}

/** Bytes that an access touches. */
export const bytesOf = (access: AccessOptions | "free") => (access === "free" ? 1 : (access.size ?? 1));

/** The verdict that shadow gives, with what only the kernel's data say: what a free is, and what tag-based modes call a bug. */
function verdictWith(image: MemoryImage, address: bigint, access: AccessOptions | "free"): Verdict {
  if (access === "free") return verdictOnFree(image, address);
  const verdict = verdictOf(image, address, access);
  if (verdict.bug === undefined) return verdict;
  const bug = bugOf(image.kernel, address, access)?.bugType ?? verdict.bug;
  return { ...verdict, bug, text: verdict.text.replace(`: ${verdict.bug}`, `: ${bug}`) };
}

/** A verdict, with what the page tables say against a write that shadow allows: KASAN does not know of them. */
function permitted(verdict: Verdict, access: AccessOptions | "free", permissions: Permissions | undefined): Verdict {
  if (verdict.kind !== "allowed" || access === "free" || !access.write || permissions?.write !== false) return verdict;
  return { ...verdict, text: `${verdict.text}, but the page is read-only: the access itself would fault` };
}

function verdictOnFree(image: MemoryImage, address: bigint): Verdict {
  if (image.shadow === undefined) return verdictOf(image, address);
  if (address <= ZERO_SIZE_PTR) return { kind: "allowed", bug: undefined, text: "kfree does nothing with it" };
  if (!isFreeable(image.kernel, image.kernel.memory.untagged(address)))
    return { kind: "unchecked", bug: undefined, text: "KASAN cannot say: kfree is for memory of the direct map only" };
  const found = bugOf(image.kernel, address, "free");
  if (!found) return { kind: "allowed", bug: undefined, text: "KASAN would allow to free it" };
  const { bugType, firstBad } = found;
  return { kind: "reported", bug: bugType, firstBad, text: `KASAN would report a free: ${bugType}` };
}

function rootOf({ architecture, roots }: MemoryImage, address: bigint): InspectedRoot | undefined {
  const root = architecture.root(Number(address >> 12n));
  if (root < 0) return undefined;
  const physical = roots[root]!;
  return { register: architecture.roots[root]!, physical: Number.isNaN(physical) ? undefined : physical };
}

/** {@link PageFlags} as yes and no. */
export function permissionsOf(flags: number): Permissions {
  const has = (flag: number) => (flags & flag) !== 0;
  return {
    read: has(PageFlags.READ),
    write: has(PageFlags.WRITE),
    execute: has(PageFlags.EXEC),
    user: has(PageFlags.USER),
  };
}

const MEMORY_TYPES = Object.fromEntries(
  Object.entries(MemoryType).map(([name, value]) => [value, name.toLowerCase().replaceAll("_", "-")]),
);

/** How memory of these flags is cached. */
export function memoryTypeOf(flags: number): string {
  return MEMORY_TYPES[(flags & PageFlags.MEMORY_TYPE) >>> MEMORY_TYPE_SHIFT] ?? "unknown";
}

function levelsOf({ architecture }: MemoryImage, { steps }: Explanation): InspectedLevel[] {
  let limit = -1;
  return steps.map((step) => {
    const lo = Number(BigInt.asIntN(32, step.entry));
    const hi = Number(BigInt.asIntN(32, step.entry >> 32n));
    const { kind, flags } = step.decoded;
    if (kind === "table") limit &= architecture.limit(step.level, lo, hi);
    const permits =
      kind === "table" ? permissionsOf(limit) : kind === "leaf" ? permissionsOf(limit & flags) : undefined;
    return { ...step, permits };
  });
}

function shadowAround(image: MemoryImage, address: bigint, size: number): InspectedShadow {
  const layout = image.shadow!;
  const granule = BigInt(layout.granule);
  const start = shadowOf(layout, address);
  const count = Number((address + BigInt(Math.max(1, size)) - 1n) / granule - address / granule) + 1;
  const bytes = image.bytes(start, Math.min(count, 256));
  const span = granule * BigInt(BYTES_PER_ROW);
  const own = address - (address % span);
  const meaning = (byte: number) => meaningOf(byte, { mode: image.kasan as "generic" | "sw_tags" });
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const row = truncateAddress(own + BigInt(i - ROWS_BEFORE) * span);
    return { address: row, bytes: image.bytes(shadowOf(layout, row), BYTES_PER_ROW) };
  });
  const shown = [...new Set(rows.flatMap((row) => row.bytes))].filter((byte) => byte >= 0).sort((a, b) => a - b);
  return {
    address: start,
    bytes,
    meaning: bytes[0]! < 0 ? undefined : meaning(bytes[0]!),
    rows,
    legend: shown.map(meaning).filter(({ state }) => state !== "tagged"),
  };
}
