import { ExploreError } from "../error.ts";
import type { LitmusInstruction } from "./litmus-test.ts";
import { parseValue } from "./parse-value.ts";
import { registerName } from "./register.ts";
import { constant, type Held, type Thread } from "./thread.ts";

const isMemoryOperand = (operand: string): boolean => /^(?:\d+)?\(.*\)$|^\[.*\]$/.test(operand);

/** `(x)`, `[x]`, `(%rax)`: a location by its name, or by a register that holds its address. */
function address(thread: Thread, operand: string): Held {
  const inside = operand.replace(/^\(|^\[|\)$|\]$/g, "");
  return inside.startsWith("%") ? thread.get(registerName(inside)) : constant(parseValue(inside, ""));
}

function value(thread: Thread, operand: string): Held {
  if (operand.startsWith("%")) return thread.get(registerName(operand));
  return constant(parseValue(operand.replace(/^\$/, ""), ""));
}

/**
 * Does one x86-64 instruction in AT&T syntax: mov, xchg and mfence, as the catalogue uses them.
 *
 * @throws {@link ExploreError} LITMUS for others
 */
export function stepX86(thread: Thread, { mnemonic, operands, text }: LitmusInstruction): void {
  const [from = "", to = ""] = operands;
  if (mnemonic === "MFENCE") thread.add({ kind: "data barrier" });
  else if (/^MOV[BWLQ]?$/.test(mnemonic)) move(thread, from, to);
  else if (/^XCHG[BWLQ]?$/.test(mnemonic)) exchange(thread, from, to);
  else if (mnemonic !== "NOP")
    throw new ExploreError("LITMUS", `"${text.slice(0, 40)}" is not an x86-64 instruction that is known here`);
}

function move(thread: Thread, from: string, to: string): void {
  if (isMemoryOperand(to)) thread.store(address(thread, to), constant(0), value(thread, from), {});
  else if (isMemoryOperand(from)) thread.set(registerName(to), thread.load(address(thread, from), constant(0), {}));
  else thread.set(registerName(to), value(thread, from));
}

/** An exchange with memory is locked always (SDM volume 2, XCHG). */
function exchange(thread: Thread, left: string, right: string): void {
  const [memory, register] = isMemoryOperand(left) ? [left, right] : [right, left];
  const given = value(thread, register);
  thread.set(
    registerName(register),
    thread.modify(address(thread, memory), {}, () => given),
  );
}
