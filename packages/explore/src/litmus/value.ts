import { locationAt, tableOf } from "./location.ts";

/** A translation table entry of a litmus test: a page, or a block at one level. */
export interface TableEntry {
  /** discriminates {@link LitmusValue} */
  readonly kind: "entry";
  /** name of the location whose memory it maps ("output address") */
  readonly oa: string;
  /** whether it can be walked through */
  readonly valid: 0 | 1;
  /** access flag */
  readonly af: 0 | 1;
  /** "dirty bit": 1 lets writes through (AP[2] is 0) */
  readonly db: 0 | 1;
  /** dirty bit modifier: 1 lets hardware set `db` */
  readonly dbm: 0 | 1;
  /** whether EL0 may use it */
  readonly el0: 0 | 1;
  /** memory attributes, as the test writes them; empty for ordinary memory */
  readonly attrs: string;
}

/** An address of a litmus test. */
export interface LitmusAddress {
  /** virtual, physical, of the location's table entry, or a page number (an address shifted by 12) */
  readonly kind: "virtual" | "physical" | "table" | "page";
  /** name of the location */
  readonly symbol: string;
  /** bytes from the location's start */
  readonly offset: number;
}

/** A label in a program, as a value. */
export interface LitmusLabel {
  /** discriminates {@link LitmusValue} */
  readonly kind: "label";
  /** CPU and label, as in `P1:L0` */
  readonly name: string;
}

/** What a register or a location of a litmus test holds. */
export type LitmusValue = number | LitmusAddress | TableEntry | LitmusLabel;

/** An entry as litmus tests begin with: it maps `oa`, and lets everything through. */
export const plainEntry = (oa: string): TableEntry => ({
  kind: "entry",
  oa,
  valid: 1,
  af: 1,
  db: 1,
  dbm: 0,
  el0: 1,
  attrs: "",
});

const PLAIN = plainEntry("");

/** Texts that were asked for. Values never change, and are compared often. */
const texts = new WeakMap<object, string>();

/** @returns the value as tests write it; equal values have equal texts */
export function valueText(value: LitmusValue): string {
  if (typeof value === "number") return String(value);
  const text = texts.get(value) ?? textOf(value);
  texts.set(value, text);
  return text;
}

function textOf(value: Exclude<LitmusValue, number>): string {
  switch (value.kind) {
    case "label":
      return `label:"${value.name}"`;
    case "entry":
      return entryText(value);
    case "table":
      return tableOf(value.symbol);
    case "physical":
      return `PA(${locationAt(value.symbol, value.offset)})`;
    case "page":
      return `page(${value.symbol})`;
    case "virtual":
      return locationAt(value.symbol, value.offset);
  }
}

function entryText(entry: TableEntry): string {
  const fields = [`oa:PA(${entry.oa})`];
  for (const field of ["af", "db", "dbm", "valid", "el0"] as const)
    if (entry[field] !== PLAIN[field]) fields.push(`${field}:${entry[field]}`);
  if (entry.attrs !== "") fields.push(`attrs:(${entry.attrs})`);
  return `(${fields.join(", ")})`;
}

/** @returns whether both are the same value */
export const sameValue = (a: LitmusValue, b: LitmusValue): boolean =>
  a === b || (typeof a !== "number" && typeof b !== "number" && valueText(a) === valueText(b));

/** @returns `value` as an entry, or undefined if it is none */
export const asEntry = (value: LitmusValue): TableEntry | undefined =>
  typeof value === "number" || value.kind !== "entry" ? undefined : value;
