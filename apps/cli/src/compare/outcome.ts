import type { LogLine } from "@kasan/kernel";
import { History, type Point } from "./history.ts";
import { type JudgedFlags, type RunOutcome, runJudged } from "./judged-run.ts";
import type { Program } from "./programs.ts";

/** The outcome of a program under a scheme. Pages unless the name says otherwise. */
export interface Outcome extends RunOutcome {
  readonly scheme: string;
  /** The bad access: the first line of the first report or oops. */
  readonly firstLine?: string;
  readonly shadowPagesPeak: number;
  readonly shadowPagesAtEnd: number;
  readonly pageTablePages: number;
  readonly tlbFlushes: number;
  readonly tlbShootdowns: number;
  /** Nanoseconds of the machine's clock and pages of shadow, at changes and at the end. */
  readonly history: readonly Point[];
}

/** How a program is run under each scheme. */
export type CompareFlags = Omit<JudgedFlags, "vmallocShadow" | "shadowScheme">;

/** Runs a program on a machine with a scheme. */
export async function runUnder(scheme: string, program: Program, flags: CompareFlags): Promise<Outcome> {
  const stack = program.expected?.vmapStack ? { vmapStack: true } : {};
  const history = new History();
  const looks = new FirstLine();
  let peak = 0;
  const { outcome, statistics } = await runJudged(
    program,
    { ...flags, ...stack, vmallocShadow: scheme },
    {
      onVmallocShadow: (time, pages) => {
        peak = Math.max(peak, pages);
        history.add(time, pages);
      },
      log: (line) => looks.add(line),
    },
  );
  return {
    scheme,
    ...outcome,
    ...(looks.text !== undefined && { firstLine: looks.text }),
    shadowPagesPeak: peak,
    shadowPagesAtEnd: statistics.vmallocShadowPages,
    pageTablePages: statistics.pageTablePages,
    tlbFlushes: statistics.tlbFlushes,
    tlbShootdowns: statistics.tlbShootdowns,
    history: [...history.points, [statistics.time, statistics.vmallocShadowPages]],
  };
}

/** The first line of the log that a bad access has. */
class FirstLine {
  text: string | undefined;

  add({ text }: LogLine): void {
    if (/^(BUG: |Oops: |Unable to handle |Kernel panic )/.test(text)) this.text ??= text;
  }
}
