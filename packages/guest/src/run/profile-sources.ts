import type { LoadedModule } from "../load/module.ts";
import { Reader } from "../wasm/reader.ts";
import type { CodePlaces } from "./code-places.ts";
import type { CallFrame } from "./profile.ts";
import type { SourcePlace } from "./source-lines.ts";

/** Where functions in C begin. Of those that the engine's names do not tell apart, it is not known. */
export class ProfileSources {
  /** Addresses of functions by name, by the engine's number of the script. */
  private readonly scripts: ReadonlyMap<string, ReadonlyMap<string, bigint | undefined>>;
  private readonly places: ReadonlyMap<bigint, SourcePlace>;

  constructor(frames: readonly CallFrame[], modules: readonly LoadedModule[], places: CodePlaces) {
    const byModule = modules.map(addressesByName);
    const names = new Map<string, Set<string>>();
    for (const { scriptId, functionName } of frames)
      names.set(scriptId, (names.get(scriptId) ?? new Set()).add(functionName));
    // A script is the one module that has all of its functions.
    this.scripts = new Map(
      [...names].flatMap(([script, used]) => {
        const having = byModule.filter((addresses) => [...used].every((name) => addresses.has(name)));
        return having.length === 1 ? [[script, having[0]] as const] : [];
      }),
    );
    this.places = places.find(frames.flatMap((frame) => this.addressOf(frame) ?? []));
  }

  of(frame: CallFrame): SourcePlace | undefined {
    const address = this.addressOf(frame);
    return address === undefined ? undefined : this.places.get(address);
  }

  private addressOf({ scriptId, functionName }: CallFrame): bigint | undefined {
    return this.scripts.get(scriptId)?.get(functionName);
  }
}

/** Where the first instructions of a module's functions end, as if they were calls; undefined for names that several have. */
function addressesByName({ wasm, place }: LoadedModule): ReadonlyMap<string, bigint | undefined> {
  const addresses = new Map<string, bigint | undefined>();
  wasm.bodies.forEach(({ start }, i) => {
    const name = wasm.functionNames.get(wasm.importedFunctions.length + i);
    if (name === undefined) return;
    const address = place.code + BigInt(firstInstruction(wasm.bytes, start) - wasm.codeStart) + 1n;
    addresses.set(name, addresses.has(name) ? undefined : address);
  });
  return addresses;
}

/** The offset of a function's first instruction: its local variables are declared before it, on no line. */
function firstInstruction(bytes: Uint8Array, body: number): number {
  const reader = new Reader(bytes, body);
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32();
    reader.u8();
  }
  return reader.position;
}
