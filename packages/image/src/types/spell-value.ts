import { formatAddress } from "@kasan/shadow";
import type { KernelObject } from "./typed.ts";

/** Levels of structures that are shown, and elements of an array. */
const MOST_DEPTH = 3;
const MOST_ELEMENTS = 16;

/** A value for people: a structure with its members, a line each, as debuggers show them. What cannot be read says so. */
export function spellValue(value: unknown, depth = 0): string {
  if (typeof value === "bigint")
    return value < 10n && value > -10n ? String(value) : `0x${BigInt.asUintN(64, value).toString(16)}`;
  if (!isKernelObject(value)) return typeof value === "string" ? value : String(value);
  const { $type, $members } = value;
  if ($type.endsWith("*")) return attempt(() => `(${$type})${formatAddress(value.$value ?? 0n)}${pointedText(value)}`);
  if (/\bchar\[\d+\]$/.test($type)) return attempt(() => JSON.stringify(value.$text));
  if (depth >= MOST_DEPTH) return `(${$type}){…}`;
  const indent = "  ".repeat(depth + 1);
  const isArray = $type.endsWith("]");
  const shown = isArray ? $members.slice(0, MOST_ELEMENTS) : $members;
  const lines = shown.map((name) => {
    const text = attempt(() => spellValue(value[name], depth + 1));
    return `${indent}${isArray ? `[${name}]` : `.${name}`} = ${text},\n`;
  });
  const more = shown.length < $members.length ? `${indent}… ${$members.length - shown.length} more\n` : "";
  return `(${$type}){\n${lines.join("")}${more}${"  ".repeat(depth)}}`;
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
