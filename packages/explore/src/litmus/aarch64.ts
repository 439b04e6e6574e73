import { ExploreError } from "../error.ts";
import { combine } from "./arithmetic.ts";
import { registerName } from "./condition.ts";
import { type BarrierReach, both, picked } from "./event.ts";
import type { LitmusInstruction } from "./litmus-test.ts";
import { parseValue } from "./parse-value.ts";
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
  if (step === undefined)
    throw new ExploreError("LITMUS", `"${text.slice(0, 40)}" is not an AArch64 instruction that is known here`);
  step(thread, operands);
}

type Step = (thread: Thread, operands: Operands) => void;

const register = (operand: string | undefined): string => registerName(operand ?? "");

/** A register with an optional shift, or a number. */
function operand(thread: Thread, text: string | undefined): Held {
  if (text !== undefined && /^[wx](\d+|zr)$/i.test(text)) return thread.get(registerName(text));
  return constant(parseValue(text ?? "", ""));
}

/** `[X1]`, `[X1,#8]`, `[X1,W2,SXTW]`. */
function address(thread: Thread, text: string | undefined): { base: Held; offset: Held } {
  const [base, offset] = (text ?? "").replace(/^\[(.*)\]$/, "$1").split(",");
  return { base: operand(thread, base), offset: offset === undefined ? constant(0) : operand(thread, offset) };
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

const calculate =
  (operation: string, flags = false): Step =>
  (thread, [to, left, right]) => {
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

const data =
  (reach: BarrierReach): Step =>
  (thread) =>
    void thread.add({ kind: "data barrier", reach });

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
  if (holds === undefined)
    throw new ExploreError(
      "LITMUS",
      `the condition "${condition.slice(0, 20)}" is not known here; ${Object.keys(CONDITIONS).join(", ")} are`,
    );
  return holds(thread.get(FLAGS).value);
}

/** An atomic operation on memory: what it leaves there, and where the old value goes. */
const atomic =
  (operation: string, order: AccessOrder): Step =>
  (thread, operands) => {
    const [source, to, place] = operands.length === 3 ? operands : [operands[0], undefined, operands[1]];
    const given = operand(thread, source);
    const target = to === undefined ? "XZR" : register(to);
    const old = thread.modify(address(thread, place).base, { ...order, unused: target === "XZR" }, (before) => ({
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
    const old = thread.modify(address(thread, place).base, order, (now) =>
      sameValue(now.value, before.value)
        ? { value: next.value, from: picked(next.from, both(before.from)) }
        : undefined,
    );
    thread.set(register(expected), old);
  };

const select =
  (otherwise: (held: Held) => Held): Step =>
  (thread, [to, yes, no, condition]) => {
    const chosen = isTaken(thread, condition) ? operand(thread, yes) : otherwise(operand(thread, no));
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
  if (parts === null) throw new ExploreError("LITMUS", `TLBI ${operation?.slice(0, 20)} is not known here`);
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
  NOP: () => undefined,
  LDR: load({}),
  LDAR: load({ acquire: true }),
  LDAPR: load({ acquirePc: true }),
  LDUR: load({}),
  STR: store({}),
  STLR: store({ release: true }),
  STUR: store({}),
  LDP: (thread, [first, second, from]) => {
    const { base, offset } = address(thread, from);
    thread.set(register(first), thread.load(base, offset, {}));
    thread.set(register(second), thread.load(base, behind(offset, first), {}));
  },
  STP: (thread, [first, second, to]) => {
    const { base, offset } = address(thread, to);
    thread.store(base, offset, operand(thread, first), {});
    thread.store(base, behind(offset, first), operand(thread, second), {});
  },
  MOV: (thread, [to, from]) => thread.set(register(to), operand(thread, from)),
  ADR: (thread, [to, label]) => thread.set(register(to), constant({ kind: "label", name: `P${thread.cpu}:${label}` })),
  EOR: calculate("xor"),
  ORR: calculate("or"),
  AND: calculate("and"),
  ANDS: calculate("and", true),
  BIC: calculate("clear"),
  ADD: calculate("add"),
  ADDS: calculate("add", true),
  SUB: calculate("subtract"),
  SUBS: calculate("subtract", true),
  LSR: calculate("shift right"),
  LSL: calculate("shift left"),
  MVN: (thread, [to, from]) => {
    const held = operand(thread, from);
    thread.set(register(to), { value: combine("xor", held.value, -1), from: held.from });
  },
  TST: (thread, [a, b]) => {
    const [left, right] = [operand(thread, a), operand(thread, b)];
    const result = { value: combine("and", left.value, right.value), from: both(left.from, right.from) };
    compare(thread, result, constant(0));
  },
  CMP: (thread, [a, b]) => compare(thread, operand(thread, a), operand(thread, b)),
  CSEL: select((held) => held),
  CSET: (thread, [to, condition]) =>
    thread.set(register(to), {
      value: isTaken(thread, condition) ? 1 : 0,
      from: thread.get(FLAGS).from,
    }),
  CBZ: branchOnZero(true),
  CBNZ: branchOnZero(false),
  TBZ: branchOnBit(true),
  TBNZ: branchOnBit(false),
  B: (thread, [label]) => thread.branch(label ?? "", true, constant(0).from),
  ISB: (thread) => void thread.add({ kind: "instruction barrier" }),
  DMB: (thread, [domain]) => data(reachOf(domain))(thread, []),
  DSB: (thread, [domain]) => void thread.add({ kind: "synchronization barrier", reach: reachOf(domain) }),
  TLBI: invalidate,
  ERET: (thread) => thread.exceptionReturn(),
  MSR: (thread, [name, from]) => {
    const { value } = operand(thread, from);
    if (name?.toUpperCase() !== "ELR_EL1" || typeof value === "number" || value.kind !== "label")
      throw new ExploreError("LITMUS", `MSR ${name?.slice(0, 20)} is not known here; MSR ELR_EL1 with a label is`);
    thread.setReturn(value.name);
  },
};

/** `SY`, `ISH`, `LD`, `ISHST` …: every CPU of a test is in one inner shareable domain. */
function reachOf(domain = "SY"): BarrierReach {
  const parts = /^(?:SY|(?:ISH|OSH|NSH)?(LD|ST)?)$/.exec(domain.toUpperCase());
  if (parts === null) throw new ExploreError("LITMUS", `the barrier ${domain.slice(0, 20)} is not known here`);
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
    return operation === undefined ? compareAndSwap(order) : atomic(operation, order);
  }
  const condition = /^B\.?(EQ|NE|LT|LE|GT|GE)$/.exec(mnemonic)?.[1];
  if (condition !== undefined)
    return (thread, [label]) => thread.branch(label ?? "", isTaken(thread, condition), thread.get(FLAGS).from);
  if (mnemonic === "LDXR" || mnemonic === "LDAXR") return loadExclusive({ acquire: mnemonic === "LDAXR" });
  if (mnemonic === "STXR" || mnemonic === "STLXR") return storeExclusive({ release: mnemonic === "STLXR" });
  return undefined;
}

const loadExclusive =
  (order: AccessOrder): Step =>
  (thread, [to, from]) => {
    const { base, offset } = address(thread, from);
    const loaded = thread.load(base, offset, order);
    thread.reservation = loaded.read;
    thread.set(register(to), loaded);
  };

/** The register that says whether it wrote depends on nothing. */
const storeExclusive =
  (order: AccessOrder): Step =>
  (thread, [status, value, to]) => {
    const wrote = thread.storeExclusive(address(thread, to).base, operand(thread, value), order);
    thread.set(register(status), constant(wrote ? 0 : 1));
  };
