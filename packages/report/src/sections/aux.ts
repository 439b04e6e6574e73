import { atLeast, DEFAULT_VERSION, type KernelVersion } from "@kasan/shadow";
import type { StackFrame } from "../frame.ts";
import { type FrameJson, frameJson } from "../json-parts.ts";
import { described, listOf, STACK } from "../json-schema.ts";
import { BLANK, LEVEL, lines, type ReportLine } from "../line.ts";
import { isSkippedFrame } from "../title/title.ts";
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
    return (report.aux ?? []).map((stack) => {
      const who = stack.find(
        ({ symbol }) => symbol && !isSkippedFrame(symbol) && !/call_rcu|save_stack|record_aux/.test(symbol),
      );
      const by = who ? ` by ${functionName(who)}` : "";
      return { stage: "queued", text: `Queued for later${by}: work or an RCU callback.` } as const;
    });
  },

  stacks(report) {
    return (report.aux ?? []).map((frames) => ({ of: "other", title: "Queued work", frames }) as const);
  },

  mapFrames(report, map) {
    return report.aux ? { aux: report.aux.map((stack) => stack.map((frame) => map(frame, true))) } : {};
  },
};

/** The stacks that last queued work for the object, each with the blank line after it (`kasan_print_aux_stacks`). */
function renderAux(stacks: readonly (readonly StackFrame[])[], version: KernelVersion = DEFAULT_VERSION): ReportLine[] {
  if (!atLeast(version, 5, 8)) return [];
  const what = atLeast(version, 5, 11) ? "potentially related work creation" : "call_rcu()";
  return ["Last", "Second to last"].flatMap((which, i) => {
    const stack = stacks[i];
    return stack ? [...lines(LEVEL.ERR, `${which} ${what}:`), ...renderSavedStack(stack), BLANK] : [];
  });
}
