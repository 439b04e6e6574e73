import type { MemoryEvent } from "@kasan/kernel";
import type { StackFrame } from "@kasan/report";
import type { Timeline } from "../protocol.ts";

/** More events of a run are counted. */
const MOST_EVENTS = 10_000;

/** What a run allocates and frees. */
export class Recorder {
  private readonly events: { readonly event: MemoryEvent; readonly stack: readonly StackFrame[] }[] = [];
  private more = 0;
  /** Lines of the program by address of code, once they were looked up. */
  readonly lines = new Map<bigint, number>();

  /** Receives each event. */
  readonly sink = (event: MemoryEvent): void => {
    if (this.events.length < MOST_EVENTS) this.events.push({ event, stack: event.stack() });
    else this.more++;
  };

  /** Finds the lines of a file that all stacks go through. */
  locate(file: string, locate: (frames: readonly StackFrame[]) => StackFrame[]): void {
    const frames = new Map<bigint, StackFrame>();
    for (const { stack } of this.events)
      for (const frame of stack)
        if (frame.module !== undefined && frame.address !== undefined) frames.set(frame.address, frame);
    for (const { address, ...place } of locate([...frames.values()])) {
      const own = [...(place.inlined ?? []), place].find((one) => one.file === file);
      if (own?.line !== undefined) this.lines.set(address!, own.line);
    }
  }

  /** The events, for the page. */
  get timeline(): Timeline {
    const events = this.events.map(({ event: { kind, by, address, size, time, pid }, stack }) => {
      const line = stack.map((frame) => this.lines.get(frame.address!)).find((one) => one !== undefined);
      return {
        ...{ kind, by: spelled(by), address, time, pid },
        ...(size !== undefined && { size }),
        ...(line !== undefined && { line }),
      };
    });
    return { events, more: this.more };
  }
}

/** The macro or function that C code calls. */
function spelled(name: string): string {
  if (/kmalloc/.test(name)) return "kmalloc";
  if (name === "pcpu_alloc_noprof") return "alloc_percpu";
  return name.replace(/^__(?=vmalloc)|_noprof$|_node(?=_noprof)/g, "");
}
