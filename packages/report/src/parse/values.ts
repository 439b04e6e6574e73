import { TAINTS, type Taint } from "../taint.ts";
import { hexToBigint } from "./page.ts";

/** Kernels before 4.4 wrote blanks. */
export function hyphenated(type: string): string {
  return type.includes(" or ") ? type : type.trim().replaceAll(" ", "-");
}

/** An address as logs write it; `undefined` for anything else. */
export function addressOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (text === "(null)") return 0n;
  return /^(?:0x)?[0-9a-f]{1,16}$/.test(text) ? hexToBigint(text.replace(/^0x/, "")) : undefined;
}

/** Decimal digits: a bigint if a number cannot hold them. */
export function toSize(digits: string): number | bigint {
  const size = Number(digits);
  return Number.isSafeInteger(size) ? size : BigInt(digits);
}

const ORDER = TAINTS.map(([name]) => name);
const LETTERS = new Map<string, Taint>(TAINTS.map(([name, letter]) => [letter, name]));

/** What the letters of a CPU line stand for, in the order of the bits. */
export function taintsOf(letters: string): Taint[] {
  const taints: Taint[] = [];
  for (const letter of letters) {
    const taint = LETTERS.get(letter);
    if (taint !== undefined && !taints.includes(taint)) taints.push(taint);
  }
  return taints.length < 2 ? taints : taints.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
}
