import { type ByteMeaning, bugTraits } from "@kasan/shadow";
import { extentOf } from "../facts/extent.ts";
import { listPoisonAt, usedAddress } from "../facts/fault.ts";
import { badFreeOf, freedAddress, isBadFree } from "../facts/frees.ts";
import { checkAccess, isRaced, legendOf, shadowAt } from "../facts/shadow.ts";
import { type FrameVariable, frameVariables } from "../facts/variables.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { harmOf, untaggedAddress } from "../sections/access.ts";
import { SECTIONS } from "../sections/index.ts";
import { ofCache } from "../sections/object.ts";
import { type Section, STAGES } from "../sections/section.ts";
import { plural, withArticle } from "../words.ts";
import { likelyMistake } from "./mistake.ts";
import { type Picture, pictureOf } from "./picture.ts";
import { culprit, runBy, tagWords, whatItDid } from "./words.ts";

/** What can be said of a report without a picture. */
export interface ExplanationWords {
  /** The bug in two sentences. */
  readonly summary: readonly [string, string];
  /** The events that led to it, in order. */
  readonly story: readonly string[];
  /** The mistake that is likely. */
  readonly mistake: string;
  /** Things that KASAN cannot know, and that the report does not prove. */
  readonly unknown: readonly string[];
}

/** A report in words, for people who have not seen one before. */
export interface Explanation extends ExplanationWords {
  /** The shadow bytes that the report shows, each value once. */
  readonly legend: readonly ByteMeaning[];
  /** The variables of the stack frame that the address is on. */
  readonly variables: readonly FrameVariable[];
  /** The memory, to be drawn to scale. */
  readonly picture?: Picture;
}

/** Explains a report. */
export function explainReport(report: ParsedReport): Explanation {
  const picture = pictureOf(report);
  return {
    ...explainInWords(report),
    legend: legendOf(report),
    variables: frameVariables(report),
    ...(picture && { picture }),
  };
}

/** The words of {@link explainReport} alone, for those who draw nothing. */
export function explainInWords(report: ParsedReport): ExplanationWords {
  const summary = summaryOf(report);
  return { summary, story: storyOf(report), mistake: likelyMistake(report), unknown: unknownsOf(report) };
}

/** The bug in two sentences. */
export function summaryOf(report: ParsedReport): Explanation["summary"] {
  return [`${whatHappened(report)}.`, `${whyItIsWrong(report)}${tagWords(report)}.`];
}

function whatHappened(report: ParsedReport): string {
  const by = runBy(report);
  return `${culprit(report)}${by ? `, ${by},` : ""} ${whatItDid(report)}`;
}

/** A free explains more than the position of the address. The name of the bug explains least. */
function whyItIsWrong(report: ParsedReport): string {
  const told = () => SECTIONS.map((section) => section.why?.(report)).find((why) => why !== undefined);
  return whyOfFree(report) ?? whyOfRace(report) ?? whyOfPoison(report) ?? told() ?? whyOfName(report);
}

function whyOfName(report: ParsedReport): string {
  const { family, fault } = bugTraits(report.bugType);
  if (family === "tags") {
    return "The memory's tag is not the pointer's: it is not the memory that the pointer was made for";
  }
  if (fault === "out-of-bounds") return `That is outside of the memory that the code may use${harmOf(report)}`;
  return "KASAN's shadow says that this memory must not be used";
}

function whyOfFree(report: ParsedReport): string | undefined {
  if (isBadFree(report)) return whyOfBadFree(report);
  const { bugType, access, region, object } = report;
  if (bugTraits(bugType).fault !== "use-after-free") return undefined;
  const bad = checkAccess(report)?.firstBad;
  const inPage = object === undefined && bad !== undefined && shadowAt(report, bad)?.name === PAGE_FREE;
  const extent = extentOf(report);
  const size = region?.size ?? extent?.asked ?? extent?.slot;
  const inside = region ? region.side === "inside" : isInside(bad, extent?.start, size);
  const what = inPage
    ? "a page that had been freed, or was not in use yet"
    : inside && size !== undefined
      ? `${withArticle(size)} object${ofCache(object)} which had been freed before`
      : "memory which had been freed before";
  const usable = access === undefined || bad === undefined ? 0n : bad - untaggedAddress(access);
  const begin = usable > 0n ? `Its first ${plural(usable, "byte")} may be used; what follows is` : "That is";
  const harm =
    access?.kind === "Write" ? "writing there damages whoever owns it now" : "what is read there can be anybody's data";
  return `${begin} ${what}; ${harm}`;
}

function isInside(address: bigint | undefined, start: bigint | undefined, size: number | undefined): boolean {
  if (address === undefined || start === undefined || size === undefined) return false;
  return address >= start && address < start + BigInt(size);
}

const PAGE_FREE = "KASAN_PAGE_FREE";

function whyOfBadFree(report: ParsedReport): string {
  const { object } = report;
  const address = freedAddress(report);
  const extent = extentOf(report);
  const offset = address !== undefined && extent ? address - extent.start : undefined;
  switch (badFreeOf(report)) {
    case "again": {
      const what = offset === 0n ? `It is the start of an object${ofCache(object)}` : "It is memory";
      return `${what} that had been freed already; a second free would corrupt the allocator's lists`;
    }
    case "not-start":
      return `That is ${plural(offset! < 0n ? -offset! : offset!, "byte")} ${offset! < 0n ? "before" : "behind"} the start of an object${ofCache(object)}, and only the start can be freed`;
    default:
      return bugTraits(report.bugType).fault === "invalid-free"
        ? "The allocator did not hand out that address, or not to be freed in this way"
        : "It had been freed already, or it is not the start of an object: this kernel does not say which";
  }
}

/** The name of the bug says that the shadow changed. What it is now says what happened in between. */
function whyOfRace(report: ParsedReport): string | undefined {
  if (!isRaced(report)) return undefined;
  const now = checkAccess(report)?.firstBad;
  const meaning = now === undefined ? undefined : shadowAt(report, now);
  const seen = meaning === undefined ? "" : `, and the rows say: ${meaning.meaning}`;
  return `KASAN's shadow forbade it, but was changed while the report was made${seen}`;
}

/** A pointer that the kernel overwrote on purpose says where it came from. */
function whyOfPoison(report: ParsedReport): string | undefined {
  const address = usedAddress(report);
  const poison = address === undefined ? undefined : listPoisonAt(address);
  if (poison === undefined) return undefined;
  return `That looks like ${poison}, which list_del() leaves in an entry: the entry had been removed from its list already`;
}

function storyOf(report: ParsedReport): string[] {
  const events = SECTIONS.flatMap((section) => section.story?.(report) ?? []);
  return STAGES.flatMap((stage) => events.filter((event) => event.stage === stage)).map(({ text }) => text);
}

function unknownsOf(report: ParsedReport): string[] {
  const said = (part: Section<ParsedReport>["part"]) =>
    SECTIONS.flatMap((section) => (section.part === part && section.unknown?.(report)) || []);
  return [...said("head"), ...said("address"), ...said("run"), ...lost(report), ...said("memory")];
}

function lost({ damage, corrupted, corruptedReason }: ParsedReport): string[] {
  if (damage === "truncated") return ["What stood in the lines that are missing: the report has no end."];
  if (damage === "interleaved") return ["Whether all lines are this report's: another one begins inside it."];
  if (!corrupted) return [];
  return [`Whether the title is right${corruptedReason === undefined ? "" : `: ${corruptedReason}`}.`];
}
