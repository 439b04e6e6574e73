import { ExploreError } from "../error.ts";
import { locationAt, tableOf } from "./location.ts";
import { type LitmusValue, plainEntry, type TableEntry } from "./value.ts";

const NUMBER = /^#?(-?)(0x[0-9a-f]+|\d+)$/i;

/** @returns the name under which a location is kept: `x`, `x+8`, `PTE(x)` */
export function parseLocation(text: string): string {
  const table = tableIn(text);
  if (table !== undefined) return tableOf(table);
  const element = /^(\w+)\[(\d+)\]$/.exec(text);
  if (element !== null) return locationAt(element[1] as string, Number(element[2]) * 4);
  if (/^\w+(\+\d+)?$/.test(text)) return text;
  throw new ExploreError("LITMUS", `"${text.slice(0, 40)}" is not a location`);
}

/** @returns the location whose table entry `text` names */
const tableIn = (text: string): string | undefined =>
  /^(?:PTE|TTD)\s*\(\s*(\w+)\s*\)$/i.exec(text)?.[1] ?? /^pte_(\w+)$/.exec(text)?.[1];

const physicalOf = (text: string): string | undefined =>
  /^PA\s*\(\s*(\w+)\s*\)$/i.exec(text)?.[1] ?? /^phy_(\w+)$/.exec(text)?.[1];

/**
 * Parses a value.
 *
 * @param text - as in the test
 * @param mapped - the location that an entry maps if it does not say
 * @throws {@link ExploreError} LITMUS
 */
export function parseValue(text: string, mapped: string): LitmusValue {
  const word = text.trim().replace(/^&/, "");
  const number = NUMBER.exec(word);
  if (number !== null) return number[1] === "-" ? -Number(number[2]) : Number(number[2]);
  const label = /^label:\s*"([^"]*)"$/.exec(word);
  if (label !== null) return { kind: "label", name: label[1] as string };
  const table = tableIn(word);
  if (table !== undefined) return { kind: "table", symbol: table, offset: 0 };
  const physical = physicalOf(word);
  if (physical !== undefined) return { kind: "physical", symbol: physical, offset: 0 };
  if (word.startsWith("(")) return parseEntry(word, mapped);
  if (/^[A-Za-z_]\w*$/.test(word)) return { kind: "virtual", symbol: word, offset: 0 };
  throw new ExploreError("LITMUS", `"${text.trim().slice(0, 40)}" is not a value`);
}

function parseEntry(text: string, mapped: string): TableEntry {
  let entry = plainEntry(mapped);
  const inside = text.slice(1, text.lastIndexOf(")"));
  for (const [field] of inside.matchAll(/[^,(]+(?:\([^)]*\))?/g)) {
    const [name, value] = splitField(field);
    entry = { ...entry, ...fieldOf(name, value) };
  }
  return entry;
}

function splitField(field: string): [name: string, value: string] {
  const colon = field.indexOf(":");
  if (colon < 0) throw new ExploreError("LITMUS", `"${field.trim().slice(0, 40)}" is not a field of an entry`);
  return [field.slice(0, colon).trim(), field.slice(colon + 1).trim()];
}

function fieldOf(name: string, value: string): Partial<TableEntry> {
  if (name === "oa") return { oa: physicalOf(value) ?? value };
  if (name === "attrs") return { attrs: value.replace(/[()\s]/g, "") };
  if (!["af", "db", "dbm", "valid", "el0"].includes(name) || !/^[01]$/.test(value))
    throw new ExploreError("LITMUS", `"${name}:${value}" is not a field of an entry`);
  return { [name]: Number(value) };
}
