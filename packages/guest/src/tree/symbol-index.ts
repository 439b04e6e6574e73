import { type Dirent, readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type CompileCache, cacheKey } from "../compile/compile-cache.ts";
import type { KernelTree } from "./kernel-tree.ts";
import { madeOf } from "./made/files.ts";

/**
 * Folders of a kernel's source whose files can be compiled in. Boards, devices and processors are left out: what they define is of no
 * use without them.
 */
const FOLDERS = [
  "lib",
  "kernel",
  "mm",
  "fs",
  "crypto",
  "security",
  "net",
  "block",
  "drivers/base",
  "drivers/of",
  "drivers/hid",
  "drivers/usb/core",
  "drivers/usb/common",
  "drivers/input",
  "drivers/rtc",
  "drivers/clk",
  "drivers/dma-buf",
  "drivers/gpio",
  "drivers/firmware",
  "drivers/char",
  "drivers/md",
  "drivers/mtd",
  "drivers/thunderbolt",
  "drivers/gpu/drm",
  "drivers/iio",
  "drivers/regulator",
  "drivers/spi",
  "drivers/virtio",
  "drivers/property",
  "sound/core",
  "sound/soc",
  "sound/usb",
  "certs",
  "init",
  "ipc",
];

/** Folders of which only the files count: what is for all devices of a kind. */
const FLAT_FOLDERS = ["drivers/net", "drivers/net/phy", "drivers/pci", "drivers/power/supply", "drivers/ptp"];

/** Files that are no part of a kernel: programs, tests, and code for another processor. */
const NOT_KERNEL =
  /(?:^|\/)(?:tests?|selftests?|scripts|tools|samples|x86|arm|arm64|powerpc|s390|mips|sparc|riscv|loongarch|parisc)\/|[_-](?:test|kunit|selftest)\.c$|(?:^|\/)(?:test_|mktables)|^lib\/gen_/;

/**
 * Where something with a name outside of its file may begin: a line of a file's top level. What follows is looked at only there: to try
 * each pattern on all of a text takes four times as long. (To look for the end of the line before is faster than `^` of several lines.)
 */
const BEGINNING = /(?:^|\n)(?!(?:static|typedef|return|goto|else|if)\b)(?=[A-Za-z_])/g;

/** `EXPORT_SYMBOL(name)` and its kind. */
const EXPORT =
  /(?:EXPORT_SYMBOL|EXPORT_SYMBOL_GPL|EXPORT_SYMBOL_NS|EXPORT_SYMBOL_NS_GPL|EXPORT_PER_CPU_SYMBOL|EXPORT_PER_CPU_SYMBOL_GPL|EXPORT_SYMBOL_FOR_TESTS_ONLY|EXPORT_SYMBOL_IF_KUNIT)\((\w+)/y;

/** The beginning of a definition: its name is before the first parenthesis, or before `=`, `[` or `;`. */
const FUNCTION =
  /(?!extern\b)[A-Za-z_][\w \t*]*?\n?[ \t*]*\b([A-Za-z_]\w*)\((?:[^;{}()]|\([^()]*\))*\)(?:[ \t]*__\w+(?:\([^()]*\))?)*(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/)*\{/y;
/** A function that is another one by a second name. */
const ALIAS = /[A-Za-z_][\w \t*]*?\b([A-Za-z_]\w*)\([^;{}()]*\)\s*(?:__weak\s+)?(?:__alias|alias)\(/y;
const VARIABLE =
  /(?!extern\b)(?:(?:const|volatile|unsigned|signed|long|short|struct|union|enum) )*[A-Za-z_]\w*[ \t*]+(?:volatile )?(?:__\w+ )*\**([A-Za-z_]\w*)(?:\[[^\]\n]*\])*(?:[ \t]+__\w+(?:\([^()\n]*\))?)*[ \t]*(?:=|;)/y;
/** Several variables on a line, separated by commas. */
const VARIABLES =
  /(?!extern\b)(?:(?:const|volatile|unsigned|signed|long|short|struct|union|enum) )*[A-Za-z_]\w*[ \t*]+(\w+(?:,[ \t]*\**\w+)+)[ \t]*;/y;
/** Macros that define a variable of their first or second argument. */
const DEFINED =
  /(?:DEFINE_(?:SPINLOCK|RAW_SPINLOCK|MUTEX|RWLOCK|IDR|IDA|STATIC_KEY_(?:TRUE|FALSE)(?:_RO)?|STATIC_PERCPU_RWSEM|SRCU|XARRAY(?:_ALLOC)?)|LIST_HEAD|DECLARE_RWSEM|BLOCKING_NOTIFIER_HEAD|ATOMIC_NOTIFIER_HEAD|RAW_NOTIFIER_HEAD|DECLARE_WAIT_QUEUE_HEAD|SYSCALL_DEFINE\d)\((\w+)/y;
/** Macros of this package's own code that define a function, or the bounds of a section. */
const OURS = /(?:DEVICE_PRINTK|BOUNDS)\((\w+)(?:, (\w+))?/y;
/** kernel/params.c: a type's operations and its two functions. */
const PARAMETER = /STANDARD_PARAM_DEF\((\w+)/y;
const PER_CPU = /DEFINE_PER_CPU\w*\([^,]+,[ \t]*(\w+)\)/y;

/** `#include "../dtc/libfdt/fdt.c"`: a file that is compiled as part of another. */
const PART = /(?:^|\n)#include "(\.\.[^"]+\.c)"/g;

const decoder = new TextDecoder("latin1");

/** Milliseconds. */
const PAUSE_EVERY = 20;

const opened = new Map<string, Promise<SymbolIndex>>();

/** The index of a kernel's source: from memory, the cache, or the source itself, which takes some seconds. */
export function openIndex(tree: KernelTree, cache: CompileCache): Promise<SymbolIndex> {
  const known = opened.get(tree.folder) ?? readIndex(tree, cache);
  opened.set(tree.folder, known);
  return known;
}

const indexKey = (tree: KernelTree): string =>
  cacheKey(
    "symbols with date",
    tree.stamp(),
    `${BEGINNING}${EXPORT}${FUNCTION}${ALIAS}${VARIABLE}${VARIABLES}${DEFINED}${FOLDERS}${FLAT_FOLDERS}${NOT_KERNEL}${PART}${madeOf}`,
  );

async function readIndex(tree: KernelTree, cache: CompileCache): Promise<SymbolIndex> {
  const cached = await cache.get(indexKey(tree));
  const index = cached ? SymbolIndex.fromText(new TextDecoder().decode(cached)) : undefined;
  return index ?? (await buildIndex(tree, cache));
}

async function buildIndex(tree: KernelTree, cache: CompileCache): Promise<SymbolIndex> {
  const index = await SymbolIndex.build(tree);
  await cache.put(indexKey(tree), new TextEncoder().encode(index.toText()));
  return index;
}

/**
 * Reads a source again if a file was changed, added or removed since its index was made. It takes a tenth of a second to see that nothing
 * was: for those who did not find something.
 *
 * @returns whether there is another index now
 */
export async function renewIndex(tree: KernelTree, cache: CompileCache): Promise<boolean> {
  const { made } = await openIndex(tree, cache);
  const { files, newest } = surveyed(tree.folder);
  if (made && files === made.files && newest < made.at) return false;
  opened.set(tree.folder, buildIndex(tree, cache));
  await openIndex(tree, cache);
  return true;
}

/** How many files an index is made of, and when the newest of them was changed, in ms since 1970. */
function surveyed(folder: string): { files: number; newest: number } {
  let [files, newest] = [0, 0];
  for (const path of filesOf(folder)) {
    files++;
    newest = Math.max(newest, statSync(join(folder, path), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  }
  return { files, newest };
}

/** Where a kernel's source defines a symbol. */
export interface Definition {
  /** The file, relative to the top of the source. */
  readonly path: string;
  /** Whether the file exports it to modules. */
  readonly exported: boolean;
  /** False if no definition was seen: another file may define it, or a macro. */
  readonly defined?: boolean;
}

/** An index of what the files of a kernel's source define. */
export class SymbolIndex {
  private readonly definitions: ReadonlyMap<string, readonly Definition[]>;
  /** Of how many files it was made, and when, in ms since 1970; undefined for some texts. */
  readonly made: { readonly files: number; readonly at: number } | undefined;

  constructor(definitions: ReadonlyMap<string, readonly Definition[]>, made?: SymbolIndex["made"]) {
    this.definitions = definitions;
    this.made = made;
  }

  /** The files that define a symbol: those that export it, or all. Files that only export it come if there is none. */
  find(symbol: string): readonly Definition[] {
    const all = this.definitions.get(symbol) ?? [];
    const defining = all.filter((one) => one.defined !== false);
    const exported = defining.filter((one) => one.exported);
    return [exported, defining, all].find(({ length }) => length > 0) ?? [];
  }

  /** As data, for a cache. */
  toText(): string {
    const lines = [...this.definitions].flatMap(([symbol, all]) =>
      all.map(({ path, exported, defined }) => `${symbol} ${path} ${defined === false ? "e" : exported ? "x" : ""}`),
    );
    return [JSON.stringify(this.made ?? null), ...lines].join("\n");
  }

  /** The inverse of {@link SymbolIndex.toText}. */
  static fromText(text: string): SymbolIndex {
    const definitions = new Map<string, Definition[]>();
    const [made, ...lines] = text.split("\n");
    for (const line of lines) {
      const [symbol, path, how] = line.split(" ");
      if (path !== undefined) add(definitions, symbol, definitionOf(path, how !== "", how !== "e"));
    }
    return new SymbolIndex(definitions, JSON.parse(made) ?? undefined);
  }

  /** Indexes some texts, by path. */
  static of(texts: ReadonlyMap<string, string>): SymbolIndex {
    const definitions = new Map<string, Definition[]>();
    for (const [path, text] of texts) indexText(definitions, text, path);
    return new SymbolIndex(definitions);
  }

  /** Reads a kernel's source. It takes some seconds, in which this thread goes on to serve those that compile. */
  static async build(tree: KernelTree): Promise<SymbolIndex> {
    const definitions = new Map<string, Definition[]>();
    const at = Date.now();
    let files = 0;
    let paused = performance.now();
    const read = (path: string) => decoder.decode(tree.readOnce(path));
    for (const path of filesOf(tree.folder)) {
      files++;
      const text = read(path);
      for (const one of [text, ...partsOf(text, path).map(read)]) indexText(definitions, one, path);
      if (performance.now() - paused < PAUSE_EVERY) continue;
      await setImmediate();
      paused = performance.now();
    }
    return new SymbolIndex(definitions, { files, at });
  }
}

const definitionOf = (path: string, exported: boolean, defined: boolean): Definition => ({
  path,
  exported,
  ...(!defined && { defined }),
});

function add(definitions: Map<string, Definition[]>, symbol: string, definition: Definition): void {
  const all = definitions.get(symbol);
  if (!all) definitions.set(symbol, [definition]);
  else if (!all.some(({ path }) => path === definition.path)) all.push(definition);
}

function* filesOf(root: string): Generator<string> {
  for (const folder of FOLDERS) yield* sourceFiles(root, folder, true);
  for (const folder of FLAT_FOLDERS) yield* sourceFiles(root, folder, false);
}

/** `deep`: with those of its subfolders. */
function* sourceFiles(root: string, folder: string, deep: boolean): Generator<string> {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (NOT_KERNEL.test(entry.isDirectory() ? `${path}/` : path)) continue;
    if (entry.isDirectory()) {
      if (deep) yield* sourceFiles(root, path, deep);
    } else if (entry.name.endsWith(".c")) yield path;
    else for (const name of madeOf(entry.name)) yield `${folder}/${name}`;
  }
}

/** The files that are compiled as part of one and not by themselves: they are outside of what can be compiled in. */
function partsOf(text: string, path: string): string[] {
  const paths = [...text.matchAll(PART)].map(([, part]) => posix.join(posix.dirname(path), part));
  return paths.filter((part) => NOT_KERNEL.test(part) || !FOLDERS.some((folder) => part.startsWith(`${folder}/`)));
}

function indexText(definitions: Map<string, Definition[]>, text: string, path: string): void {
  const exported = new Set<string>();
  const defined = new Set<string>();
  for (const { index: found, 0: before } of text.matchAll(BEGINNING)) {
    const index = found + before.length;
    const symbol = matchAt(EXPORT, text, index)?.[1];
    if (symbol !== undefined) exported.add(symbol);
    else for (const name of definedAt(text, index)) defined.add(name);
  }
  for (const symbol of defined) add(definitions, symbol, definitionOf(path, exported.has(symbol), true));
  for (const symbol of exported) if (!defined.has(symbol)) add(definitions, symbol, definitionOf(path, true, false));
}

/** A match of a sticky pattern that begins at an index. */
function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

/** Names that what begins at an index defines. */
function* definedAt(text: string, index: number): Generator<string> {
  const type = matchAt(PARAMETER, text, index)?.[1];
  if (type !== undefined) for (const part of ["ops", "set", "get"]) yield `param_${part}_${type}`;
  const names = matchAt(VARIABLES, text, index)?.[1] ?? "";
  for (const [symbol] of names.matchAll(/\w+/g)) yield symbol;
  for (const pattern of [FUNCTION, ALIAS, VARIABLE, DEFINED, PER_CPU, OURS]) {
    const [, ...symbols] = matchAt(pattern, text, index) ?? [];
    for (const symbol of symbols) if (symbol !== undefined) yield symbol;
  }
}
