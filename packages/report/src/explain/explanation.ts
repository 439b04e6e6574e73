import { type ByteMeaning, bugTraits } from "@kasan/shadow";
import type { ParsedReport } from "../parse/parsed.ts";
import { harmOf } from "../sections/access.ts";
import { SECTIONS } from "../sections/index.ts";
import { legendOf } from "../sections/memory.ts";
import { ofCache } from "../sections/object.ts";
import { type Section, STAGES } from "../sections/section.ts";
import { likelyMistake } from "./mistake.ts";
import { type Picture, pictureOf } from "./picture.ts";
import { culprit, taskName, whatItDid } from "./words.ts";

/** A report in words, for people who have not seen one before. */
export interface Explanation {
  /** The bug in two sentences. */
  readonly summary: readonly [string, string];
  /** The events that led to it, in order. */
  readonly story: readonly string[];
  /** The mistake that is likely. */
  readonly mistake: string;
  /** Things that KASAN cannot know, and that the report does not prove. */
  readonly unknown: readonly string[];
  /** The shadow bytes that the report shows, each value once. */
  readonly legend: readonly ByteMeaning[];
  /** The memory, to be drawn to scale. */
  readonly picture?: Picture;
}

/** Explains a report. */
export function explainReport(report: ParsedReport): Explanation {
  const picture = pictureOf(report);
  return {
    summary: [`${whatHappened(report)}.`, `${whyItIsWrong(report)}.`],
    story: storyOf(report),
    mistake: likelyMistake(report),
    unknown: unknownsOf(report),
    legend: legendOf(report),
    ...(picture && { picture }),
  };
}

function whatHappened(report: ParsedReport): string {
  const task = taskName(report);
  return `${culprit(report)}${task ? `, run by ${task},` : ""} ${whatItDid(report)}`;
}

/** A free explains more than the position of the address. The name of the bug explains least. */
function whyItIsWrong(report: ParsedReport): string {
  const told = () => SECTIONS.map((section) => section.why?.(report)).find((why) => why !== undefined);
  return whyOfFree(report) ?? told() ?? whyOfName(report);
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
  const { bugType, access, region, object } = report;
  const { family, fault } = bugTraits(bugType);
  if (access?.kind === "Free" || family === "free") {
    return fault === "double-free"
      ? "That object had been freed already: freeing it again corrupts the allocator's lists"
      : "That is not the start of an object that can be freed now: freeing it corrupts the allocator's lists";
  }
  if (fault !== "use-after-free") return undefined;
  const what = region ? `a ${region.size}-byte object${ofCache(object)}` : "memory";
  const harm =
    access?.kind === "Write" ? "writing there damages whoever owns it now" : "what was read can be anybody's data";
  return `That is ${what} which had been freed before, so that ${harm}`;
}

function storyOf(report: ParsedReport): string[] {
  const events = SECTIONS.flatMap((section) => section.story?.(report) ?? []);
  return STAGES.flatMap((stage) => events.filter((event) => event.stage === stage)).map(({ text }) => text);
}

function unknownsOf(report: ParsedReport): string[] {
  const said = (part: Section<ParsedReport>["part"]) =>
    SECTIONS.flatMap((section) => (section.part === part && section.unknown?.(report)) || []);
  const lost = report.damage || report.corrupted;
  return [
    ...said("head"),
    ...said("address"),
    ...said("run"),
    ...(lost ? ["What stood in the lines that are missing: the report is damaged."] : []),
    ...said("memory"),
  ];
}
