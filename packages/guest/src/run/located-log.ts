import type { LogLine, LogSink } from "@kasan/kernel";
import type { LoadedModule } from "../load/module.ts";
import type { CodePlaces } from "./code-places.ts";
import type { SourcePlace } from "./source-lines.ts";

/** A function as `%pS` spells it. */
const FUNCTION = /\b([A-Za-z_][\w.$]*)\+0x([0-9a-f]+)\/0x([0-9a-f]+)(?: \[([\w-]+)\])?/g;

/**
 * Passes a kernel log on, with the source lines of the functions that it names, in the form of the kernel's scripts/decode_stacktrace.sh:
 * `f (drivers/a.h:12 drivers/a.c:42) module`, inlined functions first. Lines that were printed together are looked up together.
 */
export class LocatedLog {
  private readonly held: LogLine[] = [];

  constructor(
    private readonly sink: LogSink,
    private readonly modules: () => readonly LoadedModule[],
    private readonly places: CodePlaces,
  ) {}

  /** Takes the next line. */
  readonly line: LogSink = (line) => {
    this.held.push(line);
    if (!line.more) this.end();
  };

  /** Passes on what waits for more lines: a guest can be stopped in the middle of a report. */
  end(): void {
    const lines = this.held.splice(0);
    const named = lines.map(({ text }) => addressesIn(text, this.modules()));
    const found = this.places.find(named.flat().flatMap((address) => address ?? []));
    for (const [i, line] of lines.entries()) this.sink({ ...line, text: withSources(line.text, named[i]!, found) });
  }
}

/** The address of each function that a line names; `undefined` for those of no module. */
function addressesIn(text: string, modules: readonly LoadedModule[]): (bigint | undefined)[] {
  return Array.from(text.matchAll(FUNCTION), ([, name, offset, size, module]) => {
    const owners = modules.filter(({ image }) => image.name === module);
    for (const { symbols } of owners) {
      const start = symbols.address(name!);
      if (start !== undefined && symbols.find(start)?.size === Number.parseInt(size!, 16))
        // A function's own address is no return address: its line is that of its first instruction.
        return start + BigInt(Math.max(1, Number.parseInt(offset!, 16)));
    }
    return undefined;
  });
}

function withSources(
  text: string,
  addresses: readonly (bigint | undefined)[],
  places: ReadonlyMap<bigint, SourcePlace>,
): string {
  let at = 0;
  return text.replace(FUNCTION, (whole, name: string, _offset, _size, module?: string) => {
    const address = addresses[at++];
    const place = address === undefined ? undefined : places.get(address);
    if (!place) return whole;
    const lines = [...place.inlined, place].map(({ file, line }) => `${file}:${line}`).join(" ");
    return `${name} (${lines})${module === undefined ? "" : ` ${module}`}`;
  });
}
