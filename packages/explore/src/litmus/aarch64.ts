import { ExploreError } from "../error.ts";
import { combine } from "./arithmetic.ts";
import { type BarrierReach, both, picked } from "./event.ts";
import type { LitmusInstruction } from "./litmus-test.ts";
import { parseValue } from "./parse-value.ts";
import { registerName } from "./register.ts";
import { type AccessOrder, constant, type Held, type Thread } from "./thread.ts";
import { type LitmusValue, sameValue, valueText } from "./value.ts";

/** The flags' register: -1, 0 or 1 for less, equal or more of the last comparison; 2 for unequal values that have no order. */
const FLAGS = "flags";

type Operands = readonly string[];

/**
 * Does one AArch64 instruction: those that the catalogues of litmus tests use.
 *
 * @throws {@link ExploreError} LITMUS for others
 */
export function stepAArch64(thread: Thread, { mnemonic, operands, text }: LitmusInstruction): void {
  const step = INSTRUCTIONS[mnemonic] ?? family(mnemonic);
  if (step === undefined) throw unknown(`the AArch64 instruction "${text.slice(0, 40)}"`);
  step(thread, operands);
}

type Step = (thread: Thread, operands: Operands) => void;

const register = (operand: string | undefined): string => registerName(operand ?? "");

/** A register, or a number. */
function operand(thread: Thread, text = ""): Held {
  if (/^[wx](\d+|zr)$/i.test(text)) return thread.get(registerName(text));
  if (!/^#?-?\d/.test(text)) throw unknown(`the operand "${text.slice(0, 20)}"`);
  return constant(parseValue(text, ""));
}

const unknown = (what: string) => new ExploreError("LITMUS", `${what} is not known here`);

/** `[X1]`, `[X1,#8]`, `[X1,W2,SXTW]`: values have no size here, so that there is nothing to extend. */
function address(thread: Thread, text = ""): { base: Held; offset: Held } {
  const parts = /^\[([^,]*)(?:,([^,]*))?(?:,[SU]XT[WX])?\]$/i.exec(text);
  if (parts === null) throw unknown(`the address "${text.slice(0, 20)}"`);
  return { base: operand(thread, parts[1]), offset: operand(thread, parts[2] ?? "#0") };
}

/** Refuses other numbers of operands: a shift or an index behind the known ones would change what the instruction does. */
const taking =
  (least: number, step: Step, most = least): Step =>
  (thread, operands) => {
    if (operands.length < least || operands.length > most)
      throw unknown(`the form with "${operands.join(",").slice(0, 40)}"`);
    step(thread, operands);
  };

/** `[X1]`: atomic and exclusive instructions have no offset. */
function plainAddress(thread: Thread, text = ""): Held {
  if (text.includes(",")) throw unknown(`the address "${text.slice(0, 20)}"`);
  return address(thread, text).base;
}

const load =
  (order: AccessOrder): Step =>
  (thread, [to, from]) => {
    const { base, offset } = address(thread, from);
    thread.set(register(to), thread.load(base, offset, order));
  };

const store =
  (order: AccessOrder): Step =>
  (thread, [data, to]) => {
    const { base, offset } = address(thread, to);
    thread.store(base, offset, operand(thread, data), order);
  };

/** The second of a pair lies behind the first: 4 bytes for W registers, 8 for X. */
const behind = (offset: Held, first = ""): Held => ({
  value: combine("add", offset.value, /^w/i.test(first) ? 4 : 8),
  from: offset.from,
});

/** `ADD X0,X1,X2`, `ADD X0,X1,W2,SXTW`. */
const calculate =
  (operation: string, flags = false): Step =>
  (thread, [to, left, right, extension]) => {
    if (extension !== undefined && !/^[SU]XT[WX]$/i.test(extension)) throw unknown(`"${extension.slice(0, 20)}"`);
    const a = operand(thread, left);
    const b = operand(thread, right);
    const result = { value: combine(operation, a.value, b.value), from: both(a.from, b.from) };
    thread.set(register(to), result);
    if (flags) compare(thread, result, constant(0));
  };

function compare(thread: Thread, a: Held, b: Held): void {
  thread.set(FLAGS, { value: comparison(a.value, b.value), from: both(a.from, b.from) });
}

function comparison(a: LitmusValue, b: LitmusValue): number {
  if (sameValue(a, b)) return 0;
  return typeof a === "number" && typeof b === "number" ? Math.sign(a - b) : 2;
}

/** Conditions of signed comparisons (Arm ARM DDI 0487, C1.2.4). */
const CONDITIONS: Readonly<Record<string, (sign: LitmusValue) => boolean>> = {
  EQ: (sign) => sign === 0,
  NE: (sign) => sign !== 0,
  LT: (sign) => sign === -1,
  LE: (sign) => sign === -1 || sign === 0,
  GT: (sign) => sign === 1,
  GE: (sign) => sign === 1 || sign === 0,
};

function isTaken(thread: Thread, condition = ""): boolean {
  const holds = CONDITIONS[condition.toUpperCase()];
  if (holds === undefined) throw unknown(`the condition "${condition.slice(0, 20)}"`);
  return holds(thread.get(FLAGS).value);
}

/** An atomic operation on memory: what it leaves there, and where the old value goes. */
const atomic =
  (operation: string, order: AccessOrder): Step =>
  (thread, operands) => {
    const [source, to, place] = operands.length === 3 ? operands : [operands[0], undefined, operands[1]];
    const given = operand(thread, source);
    const target = to === undefined ? "XZR" : register(to);
    const old = thread.modify(plainAddress(thread, place), { ...order, unused: target === "XZR" }, (before) => ({
      value: operation === "swap" ? given.value : combine(operation, before.value, given.value),
      from: given.from,
    }));
    thread.set(target, old);
  };

/** Compare and swap: writes if memory is what was expected; whether it does picks only. */
const compareAndSwap =
  (order: AccessOrder): Step =>
  (thread, [expected, wanted, place]) => {
    const before = thread.get(register(expected));
    const next = operand(thread, wanted);
    const old = thread.modify(plainAddress(thread, place), order, (now) =>
      sameValue(now.value, before.value) ? { value: next.value, from: picked(next.from, before.from) } : undefined,
    );
    thread.set(register(expected), old);
  };

const select: Step = (thread, [to, yes, no, condition]) => {
  const chosen = operand(thread, isTaken(thread, condition) ? yes : no);
  thread.set(register(to), { value: chosen.value, from: picked(chosen.from, thread.get(FLAGS).from) });
};

const branchOnZero =
  (zero: boolean): Step =>
  (thread, [tested, label]) => {
    const held = operand(thread, tested);
    thread.branch(label ?? "", (held.value === 0) === zero, held.from);
  };

const branchOnBit =
  (zero: boolean): Step =>
  (thread, [tested, bit, label]) => {
    const held = operand(thread, tested);
    const mask = combine("shift left", 1, operand(thread, bit).value);
    thread.branch(label ?? "", (combine("and", held.value, mask) === 0) === zero, held.from);
  };

/** `TLBI VAAE1IS,X1` for a page, `TLBI VMALLE1IS` for all; without IS, for this CPU only. */
const invalidate: Step = (thread, [operation, page]) => {
  const parts = /^(VMALLE1|VAE1|VAAE1|VALE1|VAALE1|ASIDE1)(IS|OS)?$/.exec((operation ?? "").toUpperCase());
  if (parts === null) throw unknown(`TLBI ${operation?.slice(0, 20)}`);
  const held = page === undefined ? constant(0) : operand(thread, page);
  thread.add({
    kind: "invalidation",
    virtual: page === undefined ? "" : pageOf(held.value),
    broadcast: parts[2] !== undefined,
    address: held.from,
  });
};

/** What is no page of a location, as an address that was not shifted, invalidates nothing that a test has. */
const pageOf = (value: LitmusValue): string =>
  typeof value !== "number" && value.kind === "page" ? value.symbol : valueText(value);

const INSTRUCTIONS: Readonly<Record<string, Step>> = {
  NOP: taking(0, () => undefined),
  LDR: taking(2, load({})),
  LDAR: taking(2, load({ acquire: true })),
  LDAPR: taking(2, load({ acquirePc: true })),
  LDUR: taking(2, load({})),
  STR: taking(2, store({})),
  STLR: taking(2, store({ release: true })),
  STUR: taking(2, store({})),
  LDP: taking(3, (thread, [first, second, from]) => {
    const { base, offset } = address(thread, from);
    thread.set(register(first), thread.load(base, offset, {}));
    thread.set(register(second), thread.load(base, behind(offset, first), {}));
  }),
  STP: taking(3, (thread, [first, second, to]) => {
    const { base, offset } = address(thread, to);
    thread.store(base, offset, operand(thread, first), {});
    thread.store(base, behind(offset, first), operand(thread, second), {});
  }),
  MOV: taking(2, (thread, [to, from]) => thread.set(register(to), operand(thread, from))),
  ADR: taking(2, (thread, [to, label]) =>
    thread.set(register(to), constant({ kind: "label", name: `P${thread.cpu}:${label}` })),
  ),
  EOR: taking(3, calculate("xor")),
  ORR: taking(3, calculate("or")),
  AND: taking(3, calculate("and")),
  ANDS: taking(3, calculate("and", true)),
  BIC: taking(3, calculate("clear")),
  ADD: taking(3, calculate("add"), 4),
  ADDS: taking(3, calculate("add", true), 4),
  SUB: taking(3, calculate("subtract"), 4),
  SUBS: taking(3, calculate("subtract", true), 4),
  LSR: taking(3, calculate("shift right")),
  LSL: taking(3, calculate("shift left")),
  MVN: taking(2, (thread, [to, from]) => calculate("xor")(thread, [to ?? "", from ?? "", "#-1"])),
  TST: taking(2, (thread, [a, b]) => calculate("and", true)(thread, ["XZR", a ?? "", b ?? ""])),
  CMP: taking(2, (thread, [a, b]) => compare(thread, operand(thread, a), operand(thread, b))),
  CSEL: taking(4, select),
  CSET: taking(2, (thread, [to, condition]) =>
    thread.set(register(to), {
      value: isTaken(thread, condition) ? 1 : 0,
      from: thread.get(FLAGS).from,
    }),
  ),
  CBZ: taking(2, branchOnZero(true)),
  CBNZ: taking(2, branchOnZero(false)),
  TBZ: taking(3, branchOnBit(true)),
  TBNZ: taking(3, branchOnBit(false)),
  B: taking(1, (thread, [label]) => thread.branch(label ?? "", true, constant(0).from)),
  ISB: taking(0, (thread) => void thread.add({ kind: "instruction barrier" }), 1),
  DMB: taking(0, (thread, [domain]) => void thread.add({ kind: "data barrier", reach: reachOf(domain) }), 1),
  DSB: taking(0, (thread, [domain]) => void thread.add({ kind: "synchronization barrier", reach: reachOf(domain) }), 1),
  TLBI: taking(1, invalidate, 2),
  ERET: taking(0, (thread) => thread.exceptionReturn()),
  MSR: taking(2, (thread, [name, from]) => {
    const { value } = operand(thread, from);
    if (name?.toUpperCase() !== "ELR_EL1" || typeof value === "number" || value.kind !== "label")
      throw unknown(`MSR ${name?.slice(0, 20)} with what is no label`);
    thread.setReturn(value.name);
  }),
};

/** `SY`, `ISH`, `LD`, `ISHST` …: every CPU of a test is in one inner shareable domain. */
function reachOf(domain = "SY"): BarrierReach {
  const parts = /^(?:SY|(?:ISH|OSH|NSH)?(LD|ST)?)$/.exec(domain.toUpperCase());
  if (parts === null) throw unknown(`the barrier "${domain.slice(0, 20)}"`);
  return parts[1] === "LD" ? "load" : parts[1] === "ST" ? "store" : "full";
}

const OPERATIONS: Readonly<Record<string, string>> = {
  SWP: "swap",
  LDADD: "add",
  LDSET: "or",
  LDCLR: "clear",
  LDEOR: "xor",
  STADD: "add",
  STSET: "or",
  STCLR: "clear",
  STEOR: "xor",
};

/** Mnemonics with an order behind them: SWPAL, CASA, LDXR, STLXR. */
function family(mnemonic: string): Step | undefined {
  const parts = /^(SWP|LDADD|LDSET|LDCLR|LDEOR|STADD|STSET|STCLR|STEOR|CAS)(A?)(L?)$/.exec(mnemonic);
  if (parts !== null) {
    const order = { acquire: parts[2] !== "", release: parts[3] !== "" };
    const operation = OPERATIONS[parts[1] as string];
    return operation === undefined ? taking(3, compareAndSwap(order)) : taking(2, atomic(operation, order), 3);
  }
  const condition = /^B\.?(EQ|NE|LT|LE|GT|GE)$/.exec(mnemonic)?.[1];
  if (condition !== undefined)
    return taking(1, (thread, [label]) =>
      thread.branch(label ?? "", isTaken(thread, condition), thread.get(FLAGS).from),
    );
  if (mnemonic === "LDXR" || mnemonic === "LDAXR") return taking(2, loadExclusive({ acquire: mnemonic === "LDAXR" }));
  if (mnemonic === "STXR" || mnemonic === "STLXR") return taking(3, storeExclusive({ release: mnemonic === "STLXR" }));
  return undefined;
}

const loadExclusive =
  (order: AccessOrder): Step =>
  (thread, [to, from]) => {
    const loaded = thread.load(plainAddress(thread, from), constant(0), order);
    thread.reservation = loaded.read;
    thread.set(register(to), loaded);
  };

/** The register that says whether it wrote depends on nothing. */
const storeExclusive =
  (order: AccessOrder): Step =>
  (thread, [status, value, to]) => {
    const wrote = thread.storeExclusive(plainAddress(thread, to), operand(thread, value), order);
    thread.set(register(status), constant(wrote ? 0 : 1));
  };
