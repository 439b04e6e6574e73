import type { ParsedPage } from "./parsed.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Up to 16 hex digits as a number. */
export function hexToBigint(digits: string): bigint {
  return BigInt(`0x${digits}`);
}

const PAGE =
  /^page:(?:(?:0x)?([0-9a-f]{8,16})|\(____ptrval____\))? ?(?:ref)?count:(-?\d+) mapcount:(-?\d+) mapping:\s*(?:0x)?([0-9a-f]{1,16}|\(null\)) index:(?:0x)?([0-9a-f]{1,16})(.*)$/;
const HEAD = /^head:(?:[0-9a-f]{8,16})? ?order:(\d+)(.*)$/;
const FLAGS = /^(?:(anon|ksm) )?flags: 0x([0-9a-f]{1,16})\((.*)\)/;
const TYPE = /^page_type: (?:0x)?([0-9a-f]{1,8})\((.*)\)/;
const WORDS = /^(raw|head): ((?:[0-9a-f]{8,16}(?: |$)){1,4})/;

/** Reads a line of `dump_page` (`mm/debug.c`) into `page`. Whether it is one. */
export function readPageLine(text: string, page: Writable<ParsedPage>, inHead: boolean): boolean {
  switch (text.charCodeAt(0)) {
    case 0x70: // p
      return readPage(text, page) || readType(text, page) || text.startsWith("page dumped because");
    case 0x68: // h
      return readWords(text, page) || readHead(text, page, inHead);
    case 0x72: // r
      return readWords(text, page);
    case 0x66: // f
    case 0x61: // a
    case 0x6b: // k
      return readFlags(text, page) || /^aops:/.test(text);
    case 0x6d: {
      // m
      const word = /^memcg:(?:0x)?([0-9a-f]{8,16})/.exec(text)?.[1];
      if (word !== undefined) page.memcg = hexToBigint(word);
      return word !== undefined;
    }
  }
  return false;
}

function readPage(text: string, page: Writable<ParsedPage>): boolean {
  const match = PAGE.exec(text);
  if (match === null) return false;
  const [, descriptor, count, mapcount, mapping, index, rest] = match;
  if (page.refcount !== undefined) return true;
  Object.assign(page, {
    ...(descriptor !== undefined && { descriptor: hexToBigint(descriptor) }),
    refcount: Number(count),
    mapcount: Number(mapcount),
    ...nonZero("mapping", mapping === "(null)" ? 0n : hexToBigint(mapping!)),
    ...nonZero("index", hexToBigint(index!)),
  });
  const pfn = /pfn:0x([0-9a-f]{1,13})/.exec(rest!)?.[1];
  if (pfn !== undefined) page.pfn = Number.parseInt(pfn, 16);
  return true;
}

function nonZero(name: string, value: bigint): object {
  return value === 0n ? {} : { [name]: value };
}

function readHead(text: string, page: Writable<ParsedPage>, inHead: boolean): boolean {
  const match = HEAD.exec(text);
  if (match === null || inHead) return match !== null;
  const count = (name: string) => Number(new RegExp(`\\b${name}:(-?\\d{1,10})`).exec(match[2]!)?.[1] ?? 0);
  const head: Record<string, number> = { order: Number(match[1]) };
  for (const [key, name] of HEAD_COUNTS) if (count(name) !== 0) head[key] = count(name);
  page.head = head as unknown as ParsedPage["head"] & object;
  return true;
}

const HEAD_COUNTS = [
  ["mapcount", "mapcount"],
  ["entireMapcount", "entire_mapcount"],
  ["pagesMapped", "nr_pages_mapped"],
  ["pincount", "pincount"],
] as const;

function readFlags(text: string, page: Writable<ParsedPage>): boolean {
  const match = FLAGS.exec(text);
  if (match === null) return false;
  if (match[1] !== undefined) page.kind = match[1] as "anon" | "ksm";
  page.flags = hexToBigint(match[2]!);
  page.flagNames = match[3]!;
  return true;
}

function readType(text: string, page: Writable<ParsedPage>): boolean {
  const match = TYPE.exec(text);
  if (match === null) return false;
  page.pageType = { value: Number.parseInt(match[1]!, 16), name: match[2]! };
  return true;
}

function readWords(text: string, page: Writable<ParsedPage>): boolean {
  const match = WORDS.exec(text);
  if (match === null) return false;
  const words = match[2]!.trim().split(" ").map(hexToBigint);
  if (match[1] === "raw") page.raw = [...(page.raw ?? []), ...words];
  else page.headRaw = [...(page.headRaw ?? []), ...words];
  return true;
}
