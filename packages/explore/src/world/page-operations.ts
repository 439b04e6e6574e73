import { NoteKind, Purpose, StepKind } from "../steps/step.ts";
import type { PageView } from "./page-view.ts";

/** Operations of a CPU on pages of memory. */
export const PAGE_OPERATIONS: Readonly<Record<string, string>> = {
  take: "take KIND PAGE     a page is allocated, as kernel or user memory, if it is free",
  give: "give PAGE          it is freed, if it is in use",
  access: "access PAGE        an access to it: good if it is in use, bad if it is free",
  redzone: "redzone PAGE       an access to a redzone in it: bad if it is free or kernel memory; other memory has none",
};

/** Runs one operation on pages, which makes steps. */
export function runPageOperation(view: PageView, text: string): void {
  const [name, first, second] = text.trim().split(/\s+/);
  const { recorder } = view.world;
  const page = Number(second ?? first);
  if (name === "take") {
    if (recorder.step(StepKind.START, 0, Purpose.TAKE, page) === 0) return;
    const kernel = first === "kernel";
    const enough = view.scheme.allocated(page, 1, kernel);
    if (enough) recorder.step(StepKind.NOTE, NoteKind.TAKEN, kernel ? 1 : 0, page);
    else recorder.step(StepKind.NOTE, NoteKind.DEAD, 1, page);
  } else if (name === "give") {
    if (recorder.step(StepKind.START, 0, Purpose.GIVE, page) === 0) return;
    view.scheme.freed(page, 1);
    recorder.step(StepKind.NOTE, NoteKind.DEAD, 1, page);
  } else {
    const redzone = name === "redzone";
    recorder.step(StepKind.START, 0, redzone ? Purpose.REDZONE : Purpose.ACCESS, page);
    recorder.step(StepKind.NOTE, NoteKind.VERDICT, view.check(page, redzone), 0);
  }
}

/** Number of active pages, the first ones, per shadow page; boot has taken the others. */
const IN_PLAY = 2;
/** Number of pages that a shadow page covers. */
const GROUP = 8;

/** Whether operations may take and give back a page. */
export const isInPlay = (page: number): boolean => page % GROUP < IN_PLAY;
