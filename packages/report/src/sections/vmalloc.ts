import { atLeast, bugTraits, formatAddress, hex, PAGE_SHIFT, PAGE_SIZE, resetTag, spellAddress } from "@kasan/shadow";
import { placeOf } from "../facts/extent.ts";
import { checkAccess, type ShadowContext, usableEndBelow } from "../facts/shadow.ts";
import { formatFrame, type StackFrame } from "../frame.ts";
import { addressJson, compact, type FrameJson, frameJson, type HexJson } from "../json-parts.ts";
import { ADDRESS, COUNT, described, FRAME, record } from "../json-schema.ts";
import { LEVEL, lines } from "../line.ts";
import { parseTraceLine } from "../parse/frame.ts";
import { hexToBigint } from "../parse/values.ts";
import { functionName, plural } from "../words.ts";
import { type AccessFields, harmOf, untaggedAddress } from "./access.ts";
import type { LineRole, Section } from "./section.ts";

/** The vmalloc area that the bad address is in. */
export interface VmallocRegion {
  /** Pages mapped in it; 0 for a mapping of other memory. */
  readonly pages: number;
  /** Its first address. */
  readonly start: bigint;
  /** The function that made it; absent if the log lost it. */
  readonly caller?: StackFrame;
}

/** The vmalloc area around the address. */
export interface VmallocFields {
  /** The vmalloc area that the address is in; `"virtual mapping"` if all that is known is that it is in vmalloc space. */
  readonly vmalloc?: VmallocRegion | "virtual mapping";
}

/** The area, and what explaining it takes. */
type VmallocReport = VmallocFields & AccessFields & ShadowContext;

/** A vmalloc area in JSON; empty if only known to be in vmalloc space. */
export interface VmallocJson {
  /** Its pages. */
  pages?: number;
  /** Its first address. */
  start?: HexJson;
  /** The function that made it. */
  caller?: FrameJson;
}

/** The vmalloc area around the address, in JSON. */
export interface VmallocFieldsJson {
  /** The vmalloc area. */
  vmalloc?: VmallocJson;
}

/** Since 6.16, and in 6.12. */
const REGION =
  /^The buggy address belongs to a (\d+)-page vmalloc region starting at (?:0x)?([0-9a-f]{8,16}) allocated at (.*)/;
const SPACE = /^The buggy address(?: (?:0x)?[0-9a-f]{8,16})? belongs to a (?:vmalloc )?virtual mapping/;
/** 5.18 … 6.13: the first line, and the second. */
const OLD_REGION = "The buggy address belongs to the virtual mapping";
const OLD_RANGE = /^\[(?:0x)?([0-9a-f]{8,16}), (?:0x)?([0-9a-f]{8,16})\) created by:/;

/** The vmalloc area (`vmalloc_dump_obj` in `mm/vmalloc.c`). No blank line follows it. */
export const vmalloc: Section<VmallocReport> = {
  name: "vmalloc",
  part: "address",

  read({ draft, frames }) {
    function readAddress(text: string): LineRole | undefined {
      if (!text.startsWith("The buggy address")) return undefined;
      const match = REGION.exec(text);
      if (match !== null) {
        const caller = parseTraceLine(match[3]!);
        draft.vmalloc ??= {
          pages: Number(match[1]),
          start: hexToBigint(match[2]!),
          caller: caller?.kind === "frame" ? caller.frame : { reliable: true },
        };
        return "vmalloc";
      }
      if (SPACE.test(text) || text.includes(" vmalloc virtual mapping")) {
        draft.vmalloc ??= "virtual mapping";
        return "vmalloc";
      }
      return text.startsWith(OLD_REGION) ? "vmalloc" : undefined;
    }

    function readRange(text: string): LineRole | undefined {
      const match = OLD_RANGE.exec(text);
      if (match === null) return undefined;
      const [start, end] = [hexToBigint(match[1]!), hexToBigint(match[2]!)];
      draft.vmalloc ??= { pages: Number((end - start) >> BigInt(PAGE_SHIFT)), start };
      frames.expect((caller) => {
        if (draft.vmalloc !== "virtual mapping") draft.vmalloc = { ...draft.vmalloc!, caller };
        return "vmalloc";
      });
      return "vmalloc";
    }

    return { lines: { T: readAddress, "[": readRange } };
  },

  print({ vmalloc: region, access }, { version }) {
    if (region === undefined || !atLeast(version, 5, 18)) return [];
    const caller = region === "virtual mapping" ? "" : formatFrame(region.caller ?? { reliable: true });
    // The wording of 6.16 is in 6.12 too, as distributions have it.
    if (atLeast(version, 6, 16) || (version.major === 6 && version.minor === 12)) {
      const what =
        region === "virtual mapping"
          ? "vmalloc virtual mapping"
          : `${region.pages}-page vmalloc region starting at ${hex(region.start)} allocated at ${caller}`;
      return lines(LEVEL.ERR, `The buggy address belongs to a ${what}`);
    }
    if (atLeast(version, 6, 14)) {
      const address = formatAddress(access ? untaggedAddress(access) : 0n);
      return lines(LEVEL.ERR, `The buggy address ${address} belongs to a vmalloc virtual mapping`);
    }
    if (region === "virtual mapping") return [];
    const [start, end] = [region.start, region.start + BigInt(region.pages * PAGE_SIZE)].map((at) => formatAddress(at));
    return lines(LEVEL.ERR, `${OLD_REGION} at`, ` [${start}, ${end}) created by:`, ` ${caller}`, "");
  },

  json({ vmalloc: region }): VmallocFieldsJson {
    if (region === undefined || region === "virtual mapping") return { vmalloc: region && {} };
    const { pages, start, caller } = region;
    return { vmalloc: compact<VmallocJson>({ pages, start: addressJson(start), caller: caller && frameJson(caller) }) };
  },

  schema: () => ({
    vmalloc: described(
      "The vmalloc area; empty if only known to be in vmalloc space.",
      record({ pages: COUNT, start: ADDRESS, caller: FRAME }, []),
    ),
  }),

  why(report) {
    const { vmalloc: region } = report;
    if (!region && bugTraits(report.bugType).family !== "vmalloc") return undefined;
    if (region === undefined || region === "virtual mapping" || report.access === undefined) {
      return `That is in vmalloc space, where KASAN's shadow allows no such access${harmOf(report)}`;
    }
    return `That is ${placeInRegion(report, region)}${harmOf(report)}`;
  },

  story({ vmalloc: region, addressBits }) {
    if (region === undefined || region === "virtual mapping" || region.caller?.symbol === undefined) return [];
    return [
      {
        stage: "allocated",
        text: `${functionName(region.caller)} made the mapping at ${spellAddress(region.start, addressBits)}.`,
      },
    ];
  },
};

/** The place of the access in the region that the kernel names. What was asked for ends where the rows show it. */
function placeInRegion(report: VmallocReport, { start: at, pages, caller }: VmallocRegion): string {
  const start = report.access?.pointerTag === undefined ? at : resetTag(at);
  const by = caller?.symbol === undefined ? "" : ` that ${functionName(caller)} made`;
  const end = start + BigInt(pages * PAGE_SIZE);
  const used = usableEndBelow(report, checkAccess(report)!.firstBad, start);
  if (typeof used === "bigint" && used > start && (pages === 0 || used <= end)) {
    const name = `the ${plural(used - start, "byte")} that may be used, as the shadow shows, of the mapping${by}`;
    return placeOf(report, { start, end: used, name });
  }
  if (pages === 0)
    return `in the mapping at ${spellAddress(start, report.addressBits)}${by}, where the shadow allows no such access`;
  // Kernels before 6.14 count the guard page, others do not.
  const name = `the mapping at ${spellAddress(start, report.addressBits)}${by}`;
  const address = untaggedAddress(report.access!);
  const inside = address >= start && address < end;
  return `${placeOf(report, { start, end, name })}${inside ? ", where the shadow allows no such access" : ""}`;
}
