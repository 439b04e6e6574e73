import { needsKernelCode } from "@kasan/kernel/parts";
import { Reader } from "../wasm/reader.ts";

/** A function or variable of a compiled file, or one that it uses. */
interface ObjectSymbol {
  /** Its name. */
  readonly name: string;
  /** What it is. */
  readonly kind: "function" | "variable";
  /** Whether the file defines it. */
  readonly defined: boolean;
  /** Whether only this file sees it. */
  readonly local: boolean;
  /** Whether another definition replaces it. */
  readonly weak: boolean;
  /** Indexes of the symbols that its code or its initial value uses. */
  readonly uses: readonly number[];
  /** A variable's initial value; undefined if it is elsewhere. */
  readonly bytes?: Uint8Array;
}

/** The symbols of a compiled file (tool-conventions, Linking.md), and which of them use which. */
export interface ObjectSymbols {
  /** All symbols; {@link ObjectSymbol.uses} has indexes into these. */
  readonly symbols: readonly ObjectSymbol[];
  /** Indexes of the functions that run when the file is loaded. */
  readonly constructors: readonly number[];
}

/** Names of a file's symbols that other files can use. */
export const definedNames = ({ symbols }: ObjectSymbols): string[] =>
  symbols.filter(({ defined, local }) => defined && !local).map(({ name }) => name);

const [CUSTOM, IMPORT, CODE, DATA_SECTION] = [0, 2, 10, 11];
const [INIT_FUNCTIONS, SYMBOL_TABLE] = [6, 8];
const [FUNCTION, DATA, GLOBAL, SECTION] = [0, 1, 2, 3];
const [WEAK, LOCAL, UNDEFINED, EXPLICIT_NAME] = [1, 2, 0x10, 0x40];
/** Relocations whose index is that of a type, not of a symbol. */
const TYPE_INDEX = 6;
/** Relocations that have an addend: addresses in memory, in functions and in sections. */
const WITH_ADDEND = new Set([3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23, 25]);

/** A symbol as the table has it, before its uses are known. */
interface RawSymbol {
  readonly name: string;
  readonly kind: number;
  readonly flags: number;
  /** Function: index. Variable: segment. */
  readonly index: number;
  /** Variable: where it is in its segment. */
  readonly offset: number;
  readonly size: number;
}

/** A relocation: where in its section, and the symbol that is used there. */
interface Relocation {
  readonly offset: number;
  readonly symbol: number;
}

/** Parts of an object that tell what uses what. Offsets are in the contents of the section. */
interface Parts {
  imported: string[];
  /** Ends of the function bodies. */
  bodies: number[];
  /** Starts of the data segments' bytes. */
  segments: number[];
  /** The contents of the data section. */
  data: Uint8Array;
  symbols: RawSymbol[];
  constructors: number[];
  relocations: Map<number, Relocation[]>;
}

/**
 * Reads the symbols of an object of clang's.
 *
 * @throws `GuestError` `WASM_MALFORMED`
 */
export function objectSymbols(bytes: Uint8Array): ObjectSymbols {
  const parts: Parts = {
    imported: [],
    bodies: [],
    segments: [],
    data: new Uint8Array(),
    symbols: [],
    constructors: [],
    relocations: new Map(),
  };
  const reader = new Reader(bytes, 8);
  const ids: number[] = [];
  while (reader.position < bytes.length) {
    const id = reader.u8();
    const size = reader.u32();
    const end = reader.position + size;
    const section = new Reader(bytes, reader.position, end);
    ids.push(id);
    if (id === IMPORT) parts.imported = importedFunctions(section);
    else if (id === CODE) parts.bodies = bodyEnds(section);
    else if (id === DATA_SECTION) {
      parts.data = bytes.subarray(section.position, end);
      parts.segments = segmentStarts(section);
    } else if (id === CUSTOM) readCustom(section, parts, ids);
    reader.position = end;
  }
  return withUses(parts);
}

/** What prints a kernel's structures for the machine's printk (arch/lib/vsprintf.c). */
const FORMATTER = "kasan_guest_format_pointer";

/** Adds that a text uses the formatter if it is a format of which only that can print a part. */
export function withFormats({ symbols, constructors }: ObjectSymbols): ObjectSymbols {
  const formats = new Set(symbols.filter(({ bytes }) => bytes && isFormat(bytes)));
  // The symbol comes only with what uses it: of a user's file, all symbols are reached.
  if (formats.size === 0) return { symbols, constructors };
  const all = symbols.map((symbol) =>
    formats.has(symbol) ? { ...symbol, uses: [...symbol.uses, symbols.length] } : symbol,
  );
  const symbol = { name: FORMATTER, kind: "function", defined: false, local: false, weak: false, uses: [] } as const;
  return { symbols: [...all, symbol], constructors };
}

function isFormat(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return text.includes("%") && needsKernelCode(text.toString("latin1"));
}

function readCustom(section: Reader, parts: Parts, ids: readonly number[]): void {
  const title = name(section);
  if (title === "linking") readLinking(section, parts);
  else if (title === "reloc.CODE" || title === "reloc.DATA") {
    const id = ids[section.u32()];
    parts.relocations.set(id, readRelocations(section));
  }
}

function readRelocations(reader: Reader): Relocation[] {
  return Array.from({ length: reader.u32() }, () => {
    const type = reader.u8();
    const offset = reader.u32();
    const index = reader.u32();
    if (WITH_ADDEND.has(type)) reader.skipLeb(64);
    return { offset, symbol: type === TYPE_INDEX ? -1 : index };
  }).filter(({ symbol }) => symbol >= 0);
}

const decoder = new TextDecoder();

function name(reader: Reader): string {
  const length = reader.u32();
  const start = reader.position;
  reader.position += length;
  if (reader.position > reader.end) reader.fail("a name breaks off", start);
  return decoder.decode(reader.bytes.subarray(start, reader.position));
}

/** Names of the imported functions, by index. */
function importedFunctions(reader: Reader): string[] {
  const names: string[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    name(reader);
    const field = name(reader);
    const kind = reader.u8();
    if (kind === 0) {
      names.push(field);
      reader.u32();
    } else skipImport(reader, kind);
  }
  return names;
}

function skipImport(reader: Reader, kind: number): void {
  const limits = () => {
    const flags = reader.u8();
    reader.u64();
    if (flags & 1) reader.u64();
  };
  if (kind === 1) {
    reader.u8();
    limits();
  } else if (kind === 2) limits();
  else if (kind === 3) {
    reader.u8();
    reader.u8();
  } else reader.fail("an import of an unknown kind");
}

function bodyEnds(reader: Reader): number[] {
  const start = reader.position;
  return Array.from({ length: reader.u32() }, () => {
    const size = reader.u32();
    reader.position += size;
    return reader.position - start;
  });
}

/** Where the bytes of each segment start. Segments of objects are active, in memory 0, at a constant address. */
function segmentStarts(reader: Reader): number[] {
  const start = reader.position;
  return Array.from({ length: reader.u32() }, () => {
    const flags = reader.u32();
    if (flags === 2) reader.u32();
    if (flags !== 1) {
      // i64.const or i32.const, its value, end
      reader.u8();
      reader.skipLeb(64);
      reader.u8();
    }
    const size = reader.u32();
    const at = reader.position - start;
    reader.position += size;
    return at;
  });
}

function readLinking(reader: Reader, parts: Parts): void {
  reader.u32();
  while (reader.position < reader.end) {
    const type = reader.u8();
    const size = reader.u32();
    const end = reader.position + size;
    const section = new Reader(reader.bytes, reader.position, end);
    if (type === SYMBOL_TABLE) parts.symbols = readSymbols(section, parts.imported);
    else if (type === INIT_FUNCTIONS) {
      parts.constructors = Array.from({ length: section.u32() }, () => {
        section.u32();
        return section.u32();
      });
    }
    reader.position = end;
  }
}

function readSymbols(reader: Reader, imported: readonly string[]): RawSymbol[] {
  return Array.from({ length: reader.u32() }, () => readSymbol(reader, imported));
}

function readSymbol(reader: Reader, imported: readonly string[]): RawSymbol {
  const kind = reader.u8();
  const flags = reader.u32();
  const undefinedHere = (flags & UNDEFINED) !== 0;
  if (kind === DATA) {
    const own = name(reader);
    const [index, offset, size] = undefinedHere
      ? [0, 0, 0]
      : [reader.u32(), Number(reader.u64()), Number(reader.u64())];
    return { name: own, kind, flags, index, offset, size };
  }
  const index = reader.u32();
  if (kind === SECTION) return { name: "", kind, flags, index, offset: 0, size: 0 };
  const own = !undefinedHere || flags & EXPLICIT_NAME ? name(reader) : kind === FUNCTION ? imported[index] : "";
  if (kind > GLOBAL + 3) reader.fail("a symbol of an unknown kind");
  return { name: own, kind, flags, index, offset: 0, size: 0 };
}

/** Adds which symbols use which: by the relocations in functions' bodies and in variables' bytes. */
function withUses({ imported, bodies, segments, data, symbols, constructors, relocations }: Parts): ObjectSymbols {
  const uses = symbols.map((): number[] => []);
  const inBody = bodies.map((): number[] => []);
  let body = 0;
  for (const { offset, symbol } of relocations.get(CODE) ?? []) {
    while (body < bodies.length && offset >= bodies[body]) body++;
    inBody[body]?.push(symbol);
  }
  const ranges: { from: number; to: number; uses: number[] }[] = [];
  symbols.forEach(({ kind, flags, index, offset, size }, i) => {
    if (flags & UNDEFINED) return;
    if (kind === FUNCTION) uses[i] = inBody[index - imported.length] ?? [];
    else if (kind === DATA)
      ranges.push({ from: segments[index] + offset, to: segments[index] + offset + size, uses: uses[i] });
  });
  ranges.sort((a, b) => a.from - b.from);
  let at = 0;
  for (const { offset, symbol } of relocations.get(DATA_SECTION) ?? []) {
    while (at < ranges.length && offset >= ranges[at].to) at++;
    if (ranges[at] && offset >= ranges[at].from) ranges[at].uses.push(symbol);
  }
  const value = ({ kind, flags, index, offset, size }: RawSymbol) => {
    if (kind !== DATA || flags & UNDEFINED) return undefined;
    const from = segments[index] + offset;
    return data.subarray(from, from + size);
  };
  return {
    symbols: symbols.map((symbol, i) => ({
      name: symbol.name,
      kind: symbol.kind === DATA ? "variable" : "function",
      defined: (symbol.flags & UNDEFINED) === 0 && symbol.kind <= DATA,
      local: (symbol.flags & LOCAL) !== 0 || symbol.kind > DATA,
      weak: (symbol.flags & WEAK) !== 0,
      bytes: value(symbol),
      uses: uses[i].filter((used) => symbols[used].kind <= DATA),
    })),
    constructors,
  };
}
