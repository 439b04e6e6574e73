import type { StackFrame } from "./frame.ts";
import type { Track } from "./model.ts";
import type { ParsedReport } from "./parse/parsed.ts";

/** The frames of a report, those of all its stacks and of its first line. */
export function framesOf(report: ParsedReport): StackFrame[] {
  const frames: StackFrame[] = [];
  mapFrames(report, (frame) => {
    frames.push(frame);
    return frame;
  });
  return frames;
}

/**
 * A report with other frames in the place of its own: symbolized ones.
 *
 * @param map Receives each frame, and whether it is a return address; the places of faults are not.
 */
export function mapFrames(
  report: ParsedReport,
  map: (frame: StackFrame, returns: boolean) => StackFrame,
): ParsedReport {
  const { function: place, form, callTrace, allocated, freed, aux, pageOwner } = report;
  const stack = (frames: readonly StackFrame[]) => frames.map((frame) => map(frame, true));
  const track = (one: Track): Track => (one.stack ? { ...one, stack: stack(one.stack) } : one);
  return {
    ...report,
    ...(place && { function: map(place, form === "report") }),
    callTrace: stack(callTrace),
    ...(allocated && { allocated: track(allocated) }),
    ...(freed && { freed: track(freed) }),
    ...(aux && { aux: aux.map(stack) }),
    ...(pageOwner && {
      pageOwner: {
        ...pageOwner,
        ...(pageOwner.allocated && { allocated: track(pageOwner.allocated) }),
        ...(pageOwner.freed && { freed: track(pageOwner.freed) }),
      },
    }),
  };
}
