import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ElfSymbol } from "@kasan/image";
import { mapFrames, type ParsedReport, type StackFrame } from "@kasan/report";
import { InputError, inputError } from "../logs/input-error.ts";
import { readElfSymbols } from "./elf-symbols.ts";

/** The files that hold the kernel's code and debug information. */
export interface SymbolSources {
  /** The kernel: an uncompressed ELF file. */
  readonly vmlinux: string;
  /** A folder with modules below it; that of the kernel by default. */
  readonly modules?: string;
  /** The symbolizer; `llvm-symbolizer` by default. */
  readonly symbolizer?: string;
}

interface Place {
  readonly functionName: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** The folders at the top of Linux's source tree: paths in debug information are cut before them. */
const TREE =
  /^.*?\/((?:arch|block|certs|crypto|drivers|fs|include|init|io_uring|ipc|kernel|lib|mm|net|rust|samples|security|sound|tools|virt)\/.*)$/;

/** So many places are remembered: most frames of a log are those of the reports before. */
const MAX_PLACES = 50_000;

/** Where the code of a frame is. */
interface CodeAddress {
  /** The file that holds it. */
  readonly path: string;
  readonly address: bigint;
}

/** Finds the files, lines and inlined functions of frames in the kernel's debug information. */
export class Symbolizer {
  private readonly symbols = new Map<string, Map<string, ElfSymbol[]>>();
  /** What was found, by file. */
  private readonly places = new Map<string, Map<bigint, Place[]>>();

  private constructor(
    private readonly sources: SymbolSources,
    private readonly modules: ReadonlyMap<string, string>,
  ) {}

  /** @throws {@link InputError} if the kernel cannot be used. */
  static async open(sources: SymbolSources): Promise<Symbolizer> {
    const symbolizer = new Symbolizer(sources, await moduleFiles(sources));
    symbolizer.symbolsOf(sources.vmlinux);
    return symbolizer;
  }

  /**
   * Reports with files, lines and inlined functions in their frames. Frames that have them already, and functions that the files do not have,
   * stay as they are.
   *
   * @throws {@link InputError} if a module or llvm-symbolizer cannot be used.
   */
  async symbolize(reports: readonly ParsedReport[]): Promise<ParsedReport[]> {
    const wanted = new Map<string, Set<bigint>>();
    for (const report of reports) {
      mapFrames(report, (frame, returns) => {
        const code = this.addressOf(frame, returns);
        if (code) wanted.set(code.path, (wanted.get(code.path) ?? new Set()).add(code.address));
        return frame;
      });
    }
    for (const [path, addresses] of wanted) await this.find(path, addresses);
    return reports.map((report) =>
      mapFrames(report, (frame, returns) => {
        const code = this.addressOf(frame, returns);
        return code ? withPlaces(frame, this.places.get(code.path)?.get(code.address) ?? []) : frame;
      }),
    );
  }

  private addressOf(frame: StackFrame, returns: boolean): CodeAddress | undefined {
    const path =
      frame.module === undefined ? this.sources.vmlinux : this.modules.get(frame.module.replaceAll("-", "_"));
    if (path === undefined || frame.symbol === undefined || frame.offset === undefined || frame.file !== undefined)
      return undefined;
    const all = this.symbolsOf(path).get(frame.symbol) ?? [];
    const symbol = all.find(({ size }) => size === frame.size) ?? all[0];
    // A return address is behind the call; the line is the call's.
    return symbol && { path, address: symbol.address + BigInt(frame.offset) - (returns && frame.offset > 0 ? 1n : 0n) };
  }

  private symbolsOf(path: string): Map<string, ElfSymbol[]> {
    const known = this.symbols.get(path) ?? readElfSymbols(path);
    this.symbols.set(path, known);
    return known;
  }

  /** Sees to it that the places at `addresses` are known. */
  private async find(path: string, addresses: ReadonlySet<bigint>): Promise<void> {
    let known = this.places.get(path) ?? new Map<bigint, Place[]>();
    if (known.size + addresses.size > MAX_PLACES) known = new Map();
    this.places.set(path, known);
    const unknown = [...addresses].filter((address) => !known.has(address));
    if (unknown.length === 0) return;
    const found = await lookUp(path, unknown, this.sources);
    for (const address of unknown) known.set(address, found.get(address) ?? []);
  }
}

function withPlaces(frame: StackFrame, places: readonly Place[]): StackFrame {
  const outermost = places.at(-1);
  if (outermost === undefined) return frame;
  const inlined = places
    .slice(0, -1)
    .map(({ functionName, file = "??", line = 0 }) => ({ symbol: functionName, file, line }));
  const { file, line, column } = outermost;
  return {
    ...frame,
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(inlined.length > 0 && { inlined }),
  };
}

/** Modules by their names, as they are found below the folder. */
async function moduleFiles({ vmlinux, modules }: SymbolSources): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const folder = modules ?? dirname(vmlinux);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (modules !== undefined) throw inputError(modules, error);
    return [];
  });
  for (const entry of entries) {
    const name = /^([\w-]+)\.ko(?:\.debug)?$/.exec(entry.name)?.[1];
    if (name !== undefined && entry.isFile()) files.set(name.replaceAll("-", "_"), join(entry.parentPath, entry.name));
  }
  return files;
}

interface SymbolizerLine {
  readonly Address: string;
  readonly Symbol?: readonly { FunctionName: string; FileName: string; Line: number; Column: number }[];
}

/** Asks llvm-symbolizer where the code at `addresses` comes from, innermost function first. */
async function lookUp(
  path: string,
  addresses: readonly bigint[],
  { symbolizer = "llvm-symbolizer" }: SymbolSources,
): Promise<Map<bigint, Place[]>> {
  const args = [`--obj=${path}`, "--output-style=JSON", "--inlines", "--functions=linkage"];
  const text = await run(symbolizer, args, addresses.map((address) => `0x${address.toString(16)}\n`).join(""));
  const found = new Map<bigint, Place[]>();
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    const { Address, Symbol: places = [] } = JSON.parse(line) as SymbolizerLine;
    found.set(
      BigInt(Address),
      places
        .filter(({ FunctionName }) => FunctionName !== "")
        .map(({ FunctionName, FileName, Line, Column }) => ({
          functionName: FunctionName,
          ...(FileName !== "" && FileName !== "??" && { file: FileName.replace(TREE, "$1") }),
          ...(Line > 0 && { line: Line }),
          ...(Column > 0 && { column: Column }),
        })),
    );
  }
  return found;
}

function run(command: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => err.push(chunk));
    child.stdin.on("error", () => {});
    child.on("error", ({ message }) =>
      reject(new InputError("INPUT_SYMBOLS", `${command} cannot be run (${message}); install LLVM for --vmlinux`)),
    );
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else
        reject(
          new InputError("INPUT_SYMBOLS", `${command} failed: ${Buffer.concat(err).toString().trim().split("\n")[0]}`),
        );
    });
    child.stdin.end(input);
  });
}
