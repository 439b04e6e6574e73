import { atLeast, formatAddress, hex } from "@kasan/shadow";
import { isPageUse } from "../facts/frees.ts";
import { addressJson, compact, type HexJson, hexJson } from "../json-parts.ts";
import { ADDRESS, COUNT, described, HEX, INTEGER, listOf, record, TEXT, TRACK } from "../json-schema.ts";
import { BLANK, LEVEL, lines, type ReportLine } from "../line.ts";
import { pageFlagNames } from "../page-flags.ts";
import type { PageType } from "../page-types.ts";
import { hexToBigint } from "../parse/values.ts";
import type { ReportStyle } from "../style.ts";
import type { ObjectFields } from "./object.ts";
import type { PageOwnerFields } from "./page-owner.ts";
import type { Section, Writable } from "./section.ts";
import type { TitleFields } from "./title.ts";
import { type TrackJson, trackJson } from "./tracks.ts";

/**
 * A page's descriptor as `dump_page` (`mm/debug.c`) prints it. It is printed here if its frame number, counts, flags and
 * raw words are known.
 */
export interface PageDump {
  /** Page frame number: physical address >> 12. Kernels before 5.11 do not say. */
  readonly pfn?: number;
  /** The descriptor's address, or what it was hashed to, which kernels print until 6.7. 0 by default. */
  readonly descriptor?: bigint;
  /** References to the page, or to the whole of a compound page. */
  readonly refcount?: number;
  /** How often page tables map it; 0 for a page with a type. */
  readonly mapcount?: number;
  /** Address of the `struct address_space`. 0 by default. */
  readonly mapping?: bigint;
  /** The `index` word. 0 by default. Tag-based modes keep a pointer there. */
  readonly index?: bigint;
  /** `anon` or `ksm`, if the page is one. */
  readonly kind?: "anon" | "ksm";
  /** The `flags` word, fields included. Of a compound page, its head's. */
  readonly flags?: bigint;
  /** The names of the flags, if they are not those of the style's configuration: `uptodate|hwpoison|node=0|zone=1`. */
  readonly flagNames?: string;
  /** The compound page that this page belongs to. */
  readonly head?: {
    /** log2 of its pages. */
    readonly order: number;
    /** How often page tables map any part. 0 by default. */
    readonly mapcount?: number;
    /** How often they map all of it at once. 0 by default. */
    readonly entireMapcount?: number;
    /** How many of its pages are mapped. 0 by default. */
    readonly pagesMapped?: number;
    /** How often it is pinned. 0 by default. */
    readonly pincount?: number;
  };
  /** The page's type; absent for pages without one, which page tables may map. */
  readonly pageType?: PageType;
  /** The control group's word, if it is set. */
  readonly memcg?: bigint;
  /** The descriptor: eight 64-bit words. */
  readonly raw?: readonly bigint[];
  /** The first two descriptors of the compound page: sixteen 64-bit words. */
  readonly headRaw?: readonly bigint[];
}

/** The page around the address. */
export interface PageFields {
  /** The page that the address is in. */
  readonly page?: PageDump;
}

/** A page's descriptor in JSON. A field that the log lacks is absent. A machine's report has those up to `flagNames`, and `raw`. */
export interface PageJson {
  /** Page frame number. */
  pfn?: number;
  /** References. */
  refcount?: number;
  /** How often page tables map it. */
  mapcount?: number;
  /** The `flags` word. */
  flags?: HexJson;
  /** The names of the flags, as the log lists them in parentheses. */
  flagNames?: string;
  /** log2 of the pages of the compound page that it belongs to. */
  order?: number;
  /** The name of its type. */
  type?: string;
  /** The descriptor's 64-bit words. */
  raw?: HexJson[];
  /** The last allocation. */
  allocated?: TrackJson;
  /** The last free. */
  freed?: TrackJson;
}

/** The page around the address, in JSON. */
export interface PageFieldsJson {
  /** The page. */
  page?: PageJson;
}

const TITLE = /^The buggy address belongs to the (?:physical )?page/;
const PAGE =
  /^page:(?:(?:0x)?([0-9a-f]{8,16})|\(____ptrval____\))? ?(?:ref)?count:(-?\d+) mapcount:(-?\d+) mapping:\s*(?:0x)?([0-9a-f]{1,16}|\(null\)) index:(?:0x)?([0-9a-f]{1,16})(.*)$/;
const PFN = /pfn:0x([0-9a-f]{1,13})/;
const HEAD = /^head:(?:[0-9a-f]{8,16}|\(____ptrval____\))? ?order:(\d+)(.*)$/;
const FLAGS = /^(?:(anon|ksm) )?flags: 0x([0-9a-f]{1,16})\((.*)\)/;
const TYPE = /^page_type: (?:0x)?([0-9a-f]{1,8})\((.*)\)/;
const WORDS = /^(raw|head): ((?:[0-9a-f]{8,16}(?: |$)){1,4})/;
/** Before 5.12 the line stood below the others. */
const MEMCG = /^(?:memcg|page->mem_cgroup|pages's memcg):(?:0x)?([0-9a-f]{8,16})/;

/** The physical page. */
export const page: Section<PageFields & PageOwnerFields & ObjectFields & TitleFields> = {
  name: "page",
  part: "address",

  read(reading) {
    const { draft } = reading;
    let found: Writable<PageDump> | undefined;
    let headRead = false;

    /** Reads a line of the dump, if a dump has begun and is not over. */
    const line = (read: (text: string, into: Writable<PageDump>) => boolean) => (text: string) =>
      found !== undefined && !reading.inMemory && read(text, found) ? ("page" as const) : undefined;

    const readP = line(
      (text, into) =>
        readPage(text, into) || readType(text, into) || readMemcg(text, into) || text.startsWith("page dumped because"),
    );

    return {
      lines: {
        T(text) {
          if (!TITLE.test(text)) return undefined;
          found ??= {};
          draft.page = found;
          return "page";
        },
        p(text) {
          // Before 4.12 nothing announces the page.
          if (found === undefined && !reading.inMemory && PAGE.test(text)) {
            found = {};
            draft.page = found;
          }
          return readP(text);
        },
        h: line((text, into) => {
          const read = readWords(text, into) || readHead(text, into, headRead);
          headRead ||= read;
          return read;
        }),
        r: line(readWords),
        fak: line((text, into) => readFlags(text, into) || text.startsWith("aops:")),
        m: line(readMemcg),
      },
    };
  },

  print({ page: found }, style) {
    if (found === undefined || !isWhole(found) || !atLeast(style.version, 4, 12)) return [];
    return [...renderPage(found, style), BLANK];
  },

  json({ page: found, pageOwner }, { for: use, style }): PageFieldsJson {
    if (found === undefined || (use === "run" && !isWhole(found))) return {};
    const { pfn, refcount, mapcount, flags, flagNames, head, pageType, raw } = found;
    const named =
      use === "run" && flags !== undefined ? pageFlagNames(flags, style.pageFields, style.version) : undefined;
    const { allocated, freed } = (use === "explain" && pageOwner) || {};
    return {
      page: compact<PageJson>({
        pfn,
        refcount,
        mapcount,
        flags: flags === undefined ? undefined : hexJson(flags),
        flagNames: flagNames ?? named,
        order: head?.order,
        type: pageType?.name,
        raw: raw?.map(addressJson),
        allocated: allocated && trackJson(allocated),
        freed: freed && trackJson(freed),
      }),
    };
  },

  schema(use) {
    const dump = {
      pfn: COUNT,
      refcount: INTEGER,
      mapcount: INTEGER,
      flags: HEX,
      flagNames: TEXT,
      order: COUNT,
      type: TEXT,
      raw: listOf(ADDRESS),
    };
    const whole = ["pfn", "refcount", "mapcount", "flags", "flagNames", "raw"];
    return {
      page: described(
        "The physical page's descriptor. `order` is that of a compound page.",
        use === "run" ? record(dump, whole) : record({ ...dump, allocated: TRACK, freed: TRACK }, []),
      ),
    };
  },

  unknown(report) {
    if (report.page === undefined || !isPageUse(report)) return [];
    return ["Whether the pointer ever belonged to this page: it can have run out of memory next to it."];
  },
};

/** Whether everything is known that a page is printed with. */
function isWhole({ pfn, refcount, mapcount, flags, raw }: PageDump): boolean {
  return [pfn, refcount, mapcount, flags, raw].every((value) => value !== undefined);
}

/** The lines about the physical page, without the blank line after them. */
export function renderPage(dump: PageDump, style: ReportStyle): ReportLine[] {
  const {
    descriptor = 0n,
    pfn = 0,
    refcount,
    mapcount,
    mapping = 0n,
    index = 0n,
    kind,
    flags = 0n,
    memcg,
    pageType,
  } = dump;
  const names = dump.flagNames ?? pageFlagNames(flags, style.pageFields, style.version);
  const { version } = style;
  const since = (major: number, minor: number) => atLeast(version, major, minor);
  // Kernels print the address of the descriptor until 6.7.
  const start = since(6, 8) ? "page: refcount" : `page:${formatAddress(descriptor)} ${since(5, 1) ? "ref" : ""}count`;
  return [
    ...lines(LEVEL.ERR, `The buggy address belongs to the ${since(5, 18) ? "physical " : ""}page:`),
    ...lines(
      LEVEL.WARNING,
      `${start}:${refcount} mapcount:${mapcount} mapping:${formatAddress(mapping)} ` +
        `index:${hex(index)}${since(5, 11) ? ` pfn:${hex(pfn)}` : ""}`,
      ...headLine(dump.head),
      ...(memcg === undefined || !since(5, 12) ? [] : [`memcg:${memcg.toString(16)}`]),
      `${kind ? `${kind} ` : ""}flags: ${hex(flags)}(${names})`,
      ...(pageType && since(6, 11) ? [`page_type: ${pageType.value.toString(16)}(${pageType.name})`] : []),
      ...words("raw", dump.raw ?? []),
      ...words("head", dump.headRaw ?? []),
      "page dumped because: kasan: bad access detected",
      ...(memcg === undefined || since(5, 12)
        ? []
        : [`${since(5, 11) ? "pages's memcg" : "page->mem_cgroup"}:${memcg.toString(16)}`]),
    ),
  ];
}

function headLine(head: PageDump["head"]): string[] {
  if (head === undefined) return [];
  const { order, mapcount = 0, entireMapcount = 0, pagesMapped = 0, pincount = 0 } = head;
  return [
    `head: order:${order} mapcount:${mapcount} entire_mapcount:${entireMapcount} ` +
      `nr_pages_mapped:${pagesMapped} pincount:${pincount}`,
  ];
}

/** A hex dump of 64-bit words, four in a line. */
function words(prefix: string, values: readonly bigint[]): string[] {
  const rows = Math.ceil(values.length / 4);
  return Array.from({ length: rows }, (_, row) => {
    const four = values.slice(row * 4, row * 4 + 4);
    return `${prefix}: ${four.map((word) => formatAddress(word)).join(" ")}`;
  });
}

function readPage(text: string, into: Writable<PageDump>): boolean {
  const match = PAGE.exec(text);
  if (match === null) return false;
  const [, descriptor, count, mapcount, mapping, index, rest] = match;
  if (into.refcount !== undefined) return true;
  Object.assign(into, {
    ...(descriptor !== undefined && { descriptor: hexToBigint(descriptor) }),
    refcount: Number(count),
    mapcount: Number(mapcount),
    ...nonZero("mapping", mapping === "(null)" ? 0n : hexToBigint(mapping!)),
    ...nonZero("index", hexToBigint(index!)),
  });
  const pfn = PFN.exec(rest!)?.[1];
  if (pfn !== undefined) into.pfn = Number.parseInt(pfn, 16);
  return true;
}

function nonZero(name: string, value: bigint): object {
  return value === 0n ? {} : { [name]: value };
}

function readHead(text: string, into: Writable<PageDump>, headRead: boolean): boolean {
  const match = HEAD.exec(text);
  if (match === null || headRead) return match !== null;
  const count = (name: string) => Number(new RegExp(`\\b${name}:(-?\\d{1,10})`).exec(match[2]!)?.[1] ?? 0);
  const head: Record<string, number> = { order: Number(match[1]) };
  for (const [key, name] of HEAD_COUNTS) if (count(name) !== 0) head[key] = count(name);
  into.head = head as unknown as PageDump["head"];
  return true;
}

const HEAD_COUNTS = [
  ["mapcount", "mapcount"],
  ["entireMapcount", "entire_mapcount"],
  ["pagesMapped", "nr_pages_mapped"],
  ["pincount", "pincount"],
] as const;

function readFlags(text: string, into: Writable<PageDump>): boolean {
  const match = FLAGS.exec(text);
  if (match === null) return false;
  if (match[1] !== undefined) into.kind = match[1] as "anon" | "ksm";
  into.flags = hexToBigint(match[2]!);
  into.flagNames = match[3]!;
  return true;
}

function readType(text: string, into: Writable<PageDump>): boolean {
  const match = TYPE.exec(text);
  if (match === null) return false;
  into.pageType = { value: Number.parseInt(match[1]!, 16), name: match[2]! };
  return true;
}

function readMemcg(text: string, into: Writable<PageDump>): boolean {
  const word = MEMCG.exec(text)?.[1];
  if (word !== undefined) into.memcg = hexToBigint(word);
  return word !== undefined;
}

function readWords(text: string, into: Writable<PageDump>): boolean {
  const match = WORDS.exec(text);
  if (match === null) return false;
  const words = match[2]!.trim().split(" ").map(hexToBigint);
  if (match[1] === "raw") into.raw = [...(into.raw ?? []), ...words];
  else into.headRaw = [...(into.headRaw ?? []), ...words];
  return true;
}
