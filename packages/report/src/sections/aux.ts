import { atLeast, DEFAULT_VERSION, type KernelVersion } from "@kasan/shadow";
import { queuerOf } from "../facts/stacks.ts";
import type { StackFrame } from "../frame.ts";
import { type FrameJson, frameJson } from "../json-parts.ts";
import { described, listOf, STACK } from "../json-schema.ts";
import { BLANK, LEVEL, lines, type ReportLine } from "../line.ts";
import { functionName } from "../words.ts";
import type { Section } from "./section.ts";
import { renderSavedStack } from "./tracks.ts";

/** The work that was queued for the object. */
export interface AuxFields {
  /** The stacks that last queued work or RCU callbacks for it: at most two, the last first. */
  readonly aux?: readonly (readonly StackFrame[])[];
}

/** The work that was queued for the object, in JSON. */
export interface AuxJson {
  /** The stacks that last queued work for the object. */
  aux?: FrameJson[][];
}

/** The records, in the order in which the kernel prints them. */
const RECORDS = ["Last", "Second to last"];

const recordName = (i: number) => RECORDS[i] ?? "Older";

const AUX = /^(Second to last|Last) (?:potentially related work creation|call_rcu\(\)|potentially related)/;

/** The auxiliary stacks: where work or RCU callbacks were queued for the object. */
export const aux: Section<AuxFields> = {
  name: "aux",
  part: "address",

  read({ draft, frames }) {
    const stacks: StackFrame[][] = [];
    return {
      lines: {
        LS(text) {
          if (!AUX.test(text)) return undefined;
          const stack: StackFrame[] = [];
          stacks.push(stack);
          draft.aux = stacks;
          frames.into(stack);
          return "track";
        },
      },
    };
  },

  print(report, { version }) {
    return report.aux ? renderAux(report.aux, version) : [];
  },

  json(report): AuxJson {
    return { aux: report.aux?.map((frames) => frames.map(frameJson)) };
  },

  schema: () => ({ aux: described("The stacks that last queued work for the object.", listOf(STACK)) }),

  story(report) {
    const stacks = report.aux ?? [];
    // The kernel keeps them beyond the life of the object, and calls them potentially related.
    const told = stacks.map((stack, i) => {
      const { what, by } = queuerOf(stack);
      const which = stacks.length === 1 ? "last" : recordName(i).toLowerCase();
      const text = `Perhaps related, the ${which} record: ${what} was queued${by ? ` by ${functionName(by)}` : ""}.`;
      return { stage: "undated", text } as const;
    });
    return told.reverse();
  },

  stacks(report) {
    return (report.aux ?? []).map(
      (frames, i) =>
        ({ of: "other", title: `${recordName(i)} record of queued work, perhaps related`, frames }) as const,
    );
  },

  mapFrames(report, map) {
    return report.aux ? { aux: report.aux.map((stack) => stack.map((frame) => map(frame, true))) } : {};
  },
};

/** The stacks that last queued work for the object, each with the blank line after it (`kasan_print_aux_stacks`). */
function renderAux(stacks: readonly (readonly StackFrame[])[], version: KernelVersion = DEFAULT_VERSION): ReportLine[] {
  if (!atLeast(version, 5, 8)) return [];
  const what = atLeast(version, 5, 11) ? "potentially related work creation" : "call_rcu()";
  return RECORDS.flatMap((which, i) => {
    const stack = stacks[i];
    return stack ? [...lines(LEVEL.ERR, `${which} ${what}:`), ...renderSavedStack(stack), BLANK] : [];
  });
}
