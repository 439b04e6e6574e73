import { Reader } from "../wasm/reader.ts";

/** Symbols of a compiled file (tool-conventions, Linking.md, "Symbol Table Subsection"). */
export interface ObjectSymbols {
  /** Functions and variables that other files can use. */
  readonly defined: readonly string[];
  /** Those of {@link ObjectSymbols.defined} that another definition replaces. */
  readonly weak: readonly string[];
  /** Functions that it uses and does not define. */
  readonly functions: readonly string[];
  /** Variables that it uses and does not define. */
  readonly variables: readonly string[];
}

const CUSTOM_SECTION = 0;
const IMPORT_SECTION = 2;
const SYMBOL_TABLE = 8;
const [FUNCTION, DATA, GLOBAL, SECTION, TAG, TABLE] = [0, 1, 2, 3, 4, 5];
const [WEAK, LOCAL, UNDEFINED, EXPLICIT_NAME] = [1, 2, 0x10, 0x40];

/**
 * Reads the symbols of an object of clang's.
 *
 * @throws `GuestError` `WASM_MALFORMED`
 */
export function objectSymbols(bytes: Uint8Array): ObjectSymbols {
  const reader = new Reader(bytes, 8);
  let imported: string[] = [];
  while (reader.position < bytes.length) {
    const id = reader.u8();
    const size = reader.u32();
    const end = reader.position + size;
    if (id === IMPORT_SECTION) imported = importedFunctions(new Reader(bytes, reader.position, end));
    else if (id === CUSTOM_SECTION) {
      const section = new Reader(bytes, reader.position, end);
      if (name(section) === "linking") return readLinking(section, imported);
    }
    reader.position = end;
  }
  return { defined: [], weak: [], functions: [], variables: [] };
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

function readLinking(reader: Reader, imported: readonly string[]): ObjectSymbols {
  reader.u32();
  while (reader.position < reader.end) {
    const type = reader.u8();
    const size = reader.u32();
    const end = reader.position + size;
    if (type === SYMBOL_TABLE) return readSymbols(new Reader(reader.bytes, reader.position, end), imported);
    reader.position = end;
  }
  return { defined: [], weak: [], functions: [], variables: [] };
}

function readSymbols(reader: Reader, imported: readonly string[]): ObjectSymbols {
  const symbols = { defined: [] as string[], weak: [] as string[], functions: [] as string[], variables: [] as string[] };
  for (let left = reader.u32(); left > 0; left--) {
    const kind = reader.u8();
    const flags = reader.u32();
    const found = readSymbol(reader, kind, flags, imported);
    if (found === undefined || flags & LOCAL) continue;
    if (flags & UNDEFINED) (kind === DATA ? symbols.variables : symbols.functions).push(found);
    else {
      symbols.defined.push(found);
      if (flags & WEAK) symbols.weak.push(found);
    }
  }
  return symbols;
}

/** The name of a function or variable; undefined for other symbols. */
function readSymbol(reader: Reader, kind: number, flags: number, imported: readonly string[]): string | undefined {
  if (kind === DATA) {
    const found = name(reader);
    if (!(flags & UNDEFINED)) {
      reader.u32();
      reader.u64();
      reader.u64();
    }
    return found;
  }
  if (kind === SECTION) {
    reader.u32();
    return undefined;
  }
  if (kind !== FUNCTION && kind !== GLOBAL && kind !== TAG && kind !== TABLE) reader.fail("a symbol of an unknown kind");
  const index = reader.u32();
  const own = !(flags & UNDEFINED) || flags & EXPLICIT_NAME ? name(reader) : imported[index];
  return kind === FUNCTION ? own : undefined;
}
