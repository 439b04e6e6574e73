import { tooLarge } from "./budget.ts";
import { event, type LitmusEvent } from "./event.ts";
import type { LitmusTest } from "./litmus-test.ts";
import { mappedBy } from "./location.ts";
import { firstValue, type ThreadRun } from "./thread.ts";
import { asEntry, type LitmusValue } from "./value.ts";

/** Most marks of hardware alone that are tried with and without. */
const MOST_MARKS = 6;

/** Access flags that hardware sets on its own: each entry that was written without it may be marked, or not. */
export function* spontaneousMarks(test: LitmusTest, runs: readonly ThreadRun[]): Generator<LitmusEvent[]> {
  const possible = hasMarkingHardware(test) ? possibleMarks(test, runs) : [];
  if (possible.length > MOST_MARKS) throw tooLarge(test);
  for (let set = 0; set < 1 << possible.length; set++)
    yield possible.flatMap((pair, index) => ((set >> index) & 1 ? pair : []));
}

/** A read and a write for each value of an entry that hardware may mark. */
function possibleMarks(test: LitmusTest, runs: readonly ThreadRun[]): [read: LitmusEvent, mark: LitmusEvent][] {
  const events = runs.flatMap((run) => run.events);
  const tables = new Set(
    [...test.memory.keys(), ...events.map(({ location }) => location)].filter(
      (location) => mappedBy(location) !== undefined,
    ),
  );
  const marks: [LitmusEvent, LitmusEvent][] = [];
  for (const location of tables) {
    const written = events.filter((each) => each.kind === "write" && each.location === location);
    for (const value of [firstValue(test, location), ...written.map((write) => write.value)]) {
      const marked = accessed(value);
      if (marked === undefined) continue;
      const by = { implicit: true, cpu: -2 - marks.length, instruction: 0, at: 0, location };
      const read = event({ ...by, kind: "read", value });
      marks.push([read, event({ ...by, kind: "write", value: marked, atomicWith: read })]);
    }
  }
  return marks;
}

/** @returns whether any CPU of the test manages entries */
export const hasMarkingHardware = (test: LitmusTest) => test.management.some(({ accessFlag }) => accessFlag);

/** @returns the entry with its access flag set, if hardware may set it: at any time, since a CPU may read ahead */
export function accessed(value: LitmusValue): LitmusValue | undefined {
  const entry = asEntry(value);
  return entry !== undefined && entry.valid === 1 && entry.af === 0 ? { ...entry, af: 1 } : undefined;
}
