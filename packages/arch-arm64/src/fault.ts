import { Access, type Architecture, type Explanation, type Fault, type FaultReason } from "@kasan/mmu";
import { formatAddress, resetTag } from "@kasan/shadow";

/** Exception classes of an abort: ESR_ELx.EC (`arch/arm64/include/asm/esr.h`; names from `arch/arm64/kernel/traps.c`). */
const CLASSES = {
  instructionLower: { code: 0x20, name: "IABT (lower EL)" },
  instruction: { code: 0x21, name: "IABT (current EL)" },
  dataLower: { code: 0x24, name: "DABT (lower EL)" },
  data: { code: 0x25, name: "DABT (current EL)" },
} as const;

/** Fault status codes: ESR_ELx.ISS.FSC of level 0, and of level -1 (Arm ARM, ESR_EL1, encoding for a Data Abort). */
const STATUS = {
  "address size": { level0: 0x00, below: 0x29 },
  translation: { level0: 0x04, below: 0x2b },
  "access flag": { level0: 0x08, below: undefined },
  permission: { level0: 0x0c, below: undefined },
  walk: { level0: 0x14, below: 0x13 },
  external: { level0: undefined, below: undefined },
} as const;
const EXTERNAL = 0x10;
/** 32-bit instruction. */
const IL = 1 << 25;
const WNR = 1 << 6;

/** A fault as arm64 raises it and Linux 6.12 reports it. */
export interface Arm64Fault {
  /** The kind of abort. */
  readonly kind: keyof typeof STATUS;
  /** The level (-1 … 3) that it names; `undefined` for an external abort. */
  readonly level: number | undefined;
  /** ESR_EL1. */
  readonly esr: bigint;
  /** The address, without a tag, as the kernel prints it. */
  readonly address: bigint;
  /** The lines that Linux logs before the oops (`die_kernel_fault` in `arch/arm64/mm/fault.c`). */
  readonly lines: readonly string[];
  /** How the oops line starts, up to its counter: `Internal error: Oops: 0000000096000004`. */
  readonly oops: string;
}

/** The circumstances of a fault, for {@link describeFault}. */
export interface FaultContext {
  /** The page tables' format. */
  readonly architecture: Architecture;
  /** How the address is translated: adds each level's entry. */
  readonly explanation?: Explanation;
  /** The line with which KASAN comments on the address, if it does; it comes second. */
  readonly kasan?: string;
  /** Whether the task has user page tables: without them (a kernel thread), the kernel lists none for user addresses. */
  readonly user?: boolean;
}

/** Puts a fault in the kernel's words. */
export function describeFault(fault: Fault, context: FaultContext): Arm64Fault {
  const { architecture } = context;
  const first = 4 - architecture.levels.length;
  const { kind, level } = statusOf(fault, first);
  const fsc = statusCode(kind, level);
  const esr = syndrome(fault.access, fsc);
  const address = architecture.ignoredTopBits > 0 ? resetTag(fault.address) : fault.address;
  const code = hex16(esr);
  return {
    kind,
    level,
    esr,
    address,
    lines: [
      `Unable to handle kernel ${whatFailed(fault.access, kind, address, architecture)} at virtual address ${formatAddress(address)}`,
      ...(context.kasan === undefined ? [] : [context.kasan]),
      ...abortInfo(fault.access, esr, fsc, statusName(kind, level)),
      ...tableLines(address, context),
    ],
    oops: `Internal error: Oops: ${code}`,
  };
}

const REASONS: Readonly<Record<Exclude<FaultReason, "bus" | "non-canonical">, keyof typeof STATUS>> = {
  "not-present": "translation",
  "reserved-bit": "translation",
  protection: "permission",
  "access-flag": "access flag",
};

/** The fault that hardware raises, and its level. `first` is the root table's level. */
function statusOf(fault: Fault, first: number): { kind: keyof typeof STATUS; level: number | undefined } {
  // An address outside both ranges fails at level 0, whatever the root's level is.
  if (fault.reason === "non-canonical") return { kind: "translation", level: 0 };
  const level = first + Math.max(0, fault.level);
  if (fault.reason === "bus") {
    const inTables = fault.level < 0 || isTable(fault, level);
    return inTables
      ? { kind: "walk", level: fault.level < 0 ? first : level + 1 }
      : { kind: "external", level: undefined };
  }
  const kind = fault.reason === "reserved-bit" && hasAddress(fault, level) ? "address size" : REASONS[fault.reason];
  return { kind, level };
}

/** Whether the entry that ended the walk is a table. */
const isTable = (fault: Fault, level: number) => level < 3 && (fault.lo & 3) === 3;
/** Whether a reserved entry is of a valid type, so that its address is what is wrong. */
const hasAddress = (fault: Fault, level: number) => (level === 3 ? (fault.lo & 3) === 3 : (fault.lo & 2) !== 0);

function statusCode(kind: keyof typeof STATUS, level: number | undefined): number {
  const { level0, below } = STATUS[kind];
  if (level0 === undefined || level === undefined) return EXTERNAL;
  return level < 0 && below !== undefined ? below : level0 + level;
}

/** The name of a fault status (`fault_info` in arch/arm64/mm/fault.c). */
function statusName(kind: keyof typeof STATUS, level: number | undefined): string {
  if (level === undefined) return "synchronous external abort";
  if (kind === "walk") return `level ${level} (translation table walk)`;
  if (kind === "address size" && level === 0) return "ttbr address size fault";
  return `level ${level} ${kind} fault`;
}

function classOf(access: number): { readonly code: number; readonly name: string } {
  if (access & Access.EXECUTE) return access & Access.USER ? CLASSES.instructionLower : CLASSES.instruction;
  return access & Access.USER ? CLASSES.dataLower : CLASSES.data;
}

function syndrome(access: number, fsc: number): bigint {
  return (BigInt(classOf(access).code) << 26n) | BigInt(IL | (access & Access.WRITE ? WNR : 0) | fsc);
}

/** `__do_kernel_fault`, and `do_page_fault` for user addresses. */
function whatFailed(
  access: number,
  kind: keyof typeof STATUS,
  address: bigint,
  { pageShift, spans }: Architecture,
): string {
  if (kind === "permission") {
    const user = address <= (BigInt(spans[0]!.end) << 12n) + 0xfffn;
    if (user)
      return access & Access.EXECUTE ? "execution of user memory" : "access to user memory outside uaccess routines";
    if (access & Access.WRITE) return "write to read-only memory";
    return access & Access.EXECUTE ? "execute from non-executable memory" : "read from unreadable memory";
  }
  return address < 2 ** pageShift ? "NULL pointer dereference" : "paging request";
}

/** `mem_abort_decode` and `data_abort_decode`. */
function abortInfo(access: number, esr: bigint, fsc: number, name: string): string[] {
  const { code, name: className } = classOf(access);
  const lines = [
    "Mem abort info:",
    `  ESR = 0x${hex16(esr)}`,
    `  EC = 0x${hex2(code)}: ${className}, IL = 32 bits`,
    "  SET = 0, FnV = 0",
    "  EA = 0, S1PTW = 0",
    `  FSC = 0x${hex2(fsc)}: ${name}`,
  ];
  if (access & Access.EXECUTE) return lines;
  const iss = (Number(esr) & 0x1ffffff).toString(16).padStart(8, "0");
  return [
    ...lines,
    "Data abort info:",
    `  ISV = 0, ISS = 0x${iss}, ISS2 = 0x00000000`,
    `  CM = 0, WnR = ${access & Access.WRITE ? 1 : 0}, TnD = 0, TagAccess = 0`,
    "  GCS = 0, Overlay = 0, DirtyBit = 0, Xs = 0",
  ];
}

/** `show_pte`: where the tables are and each level's entry, folded levels repeated. */
function tableLines(address: bigint, { architecture, explanation, user = false }: FaultContext): string[] {
  const { levels, spans, pageShift } = architecture;
  const root = architecture.root(Number(address >> 12n));
  const at = `[${formatAddress(address)}]`;
  if (root < 0) return [`${at} address between user and kernel address ranges`];
  if (root === 0 && !user) return [`${at} user address but active_mm is swapper`];
  if (explanation === undefined) return [];
  const bits = Math.log2(spans[0]!.end + 1) + 12;
  const table = explanation.steps[0]?.table;
  const whose = root === 1 ? "swapper" : "user";
  const pgdp = table === undefined ? "" : `, pgdp=${hex16(BigInt(table))}`;
  return [
    `${whose} pgtable: ${2 ** pageShift / 1024}k pages, ${bits}-bit VAs${pgdp}`,
    ...(table === undefined ? [] : [`${at} ${entries(explanation, levels.length)}`]),
  ];
}

/** Each level by its Linux name. A folded level shows the entry above it; the kernel goes on as long as that is a table. */
function entries({ steps }: Explanation, depth: number): string {
  const names = ["pgd", "p4d", "pud", "pmd", "pte"];
  const shown: string[] = [];
  const folded = 5 - depth;
  for (const [place, name] of names.entries()) {
    const step = steps[Math.max(0, place - folded)];
    if (step === undefined) break;
    shown.push(`${name}=${hex16(step.entry)}`);
    if (step.decoded.kind !== "table") break;
  }
  return shown.join(", ");
}

const hex2 = (value: number) => value.toString(16).padStart(2, "0");
const hex16 = (value: bigint) => value.toString(16).padStart(16, "0");
