import { formatAddress } from "@kasan/shadow";
import { type KernelObject, KernelType, kindOf } from "./typed.ts";

/** Levels of structures that are shown, elements of an array of the kernel's, and of one of JavaScript's. */
const MOST_DEPTH = 3;
const MOST_ELEMENTS = 16;
const MOST_ITEMS = 1000;
/** Characters of a list in one line. */
const LINE = 100;

/**
 * A value for people: a structure with its members, a line each, as debuggers show them. What cannot be read says so. Lists and objects of
 * JavaScript's are shown alike, structures in them by their addresses.
 */
export function spellValue(value: unknown, depth = 0): string {
  if (typeof value === "bigint") return spellNumber(value);
  if (isKernelObject(value)) return spellObject(value, depth);
  if (value instanceof KernelType) return value.layout;
  if (typeof value === "object" && value !== null) return spellItems(listOf(value), depth);
  if (typeof value === "function") return `function ${value.name}`.trimEnd();
  return String(value);
}

/** What goes through values, as a list of the first of them: a set, a map, what a generator yields. */
function listOf(value: object): object {
  if (!(Symbol.iterator in value) || Array.isArray(value) || ArrayBuffer.isView(value)) return value;
  const items: unknown[] = [];
  for (const item of value as Iterable<unknown>) if (items.push(item) > MOST_ITEMS) break;
  return items;
}

/** Small numbers in decimal, others as addresses are written. */
function spellNumber(value: bigint): string {
  const isWord = value >= -(1n << 63n) && value < 1n << 64n;
  return (value < 10n && value > -10n) || !isWord ? String(value) : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function spellObject(value: KernelObject, depth: number): string {
  const { $type, $members } = value;
  const kind = kindOf(value);
  if (kind === "pointer") return attempt(() => `(${$type})${formatAddress(value.$value ?? 0n)}${pointedText(value)}`);
  if (/\bchar\[\d+\]$/.test($type)) return attempt(() => JSON.stringify(value.$text));
  if (kind === "int" || kind.startsWith("enum"))
    return attempt(() => `(${$type})${spellValue((value as unknown as Scalar)[Symbol.toPrimitive]())}`);
  if (depth >= MOST_DEPTH) return `(${$type}){…}`;
  const indent = "  ".repeat(depth + 1);
  const isArray = kind === "array";
  const shown = isArray ? $members.slice(0, MOST_ELEMENTS) : $members;
  const lines = shown.map((name) => {
    const text = attempt(() => spellValue(value[name], depth + 1));
    return `${indent}${isArray ? `[${name}]` : `.${name}`} = ${text},\n`;
  });
  const more = shown.length < $members.length ? `${indent}… ${$members.length - shown.length} more\n` : "";
  return `(${$type}){\n${lines.join("")}${more}${"  ".repeat(depth)}}`;
}

/** A number or an enumeration's value that was asked for by its address. */
interface Scalar {
  [Symbol.toPrimitive](): unknown;
}

/** A list or an object of JavaScript's: in one line, if it is short. */
function spellItems(value: object, depth: number): string {
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (depth >= MOST_DEPTH) return `${open}…${close}`;
  const entries = Object.entries(value);
  const items = entries.slice(0, MOST_ITEMS).map(([name, item]) => {
    const text = isKernelObject(item) ? spellBriefly(item, depth + 1) : spellValue(item, depth + 1);
    return Array.isArray(value) ? text : `${name}: ${text}`;
  });
  if (items.length < entries.length) items.push(`… ${entries.length - items.length} more`);
  const line = `${open}${items.join(", ")}${close}`;
  if (line.length <= LINE && !line.includes("\n")) return line;
  const indent = "  ".repeat(depth + 1);
  return `${open}\n${items.map((item) => `${indent}${item},\n`).join("")}${"  ".repeat(depth)}${close}`;
}

/** A structure among others: hundreds of tasks with all their members would be too much. */
function spellBriefly(value: KernelObject, depth: number): string {
  const { $type, $address } = value;
  return /^(?:struct|union) [^*[]*$/.test($type) ? `(${$type})${formatAddress($address)}` : spellObject(value, depth);
}

/** Whether a value is one of a kernel's, and not a number, a name or something of JavaScript's. */
export function isKernelObject(value: unknown): value is KernelObject {
  return typeof value === "object" && value !== null && "$address" in value && "$type" in value;
}

function pointedText(value: KernelObject): string {
  return /\bchar \*$/.test(value.$type) && value.$value !== 0n ? ` ${attempt(() => JSON.stringify(value.$text))}` : "";
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return `(${(error as Error).message})`;
  }
}
