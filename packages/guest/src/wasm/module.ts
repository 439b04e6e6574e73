import { GuestError } from "../error.ts";
import { Op, Type } from "./opcodes.ts";
import { Reader } from "./reader.ts";

/** A function type; `params` and `results` are value types of the binary format. */
export interface FunctionType {
  /** Types of the parameters. */
  readonly params: readonly number[];
  /** Types of the results. */
  readonly results: readonly number[];
}

/** Kinds of imports and exports. */
export type ExternalKind = "function" | "table" | "memory" | "global";

/** One import. `type` is an index into the types (functions), or a value type (globals). */
export interface Import {
  /** Module it is imported from: `env`, `GOT.mem`, `GOT.func`. */
  readonly module: string;
  /** Its name there. */
  readonly name: string;
  /** Its kind. */
  readonly kind: ExternalKind;
  /** Index into the types, or a value type. */
  readonly type: number;
}

/** An export; `index` is in the index space of its kind. */
export interface Export {
  /** Its name. */
  readonly name: string;
  /** Its kind. */
  readonly kind: ExternalKind;
  /** Its index. */
  readonly index: number;
}

/** A constant expression as emitted by linkers: the sum of a constant and imported globals (by index). */
export interface ConstantExpression {
  /** The sum of its constants. */
  readonly value: bigint;
  /** Globals to add, by index. */
  readonly globals: readonly number[];
}

/** A global defined by the module. */
export interface Global {
  /** i32 or i64. */
  readonly type: number;
  /** Whether code can modify it. */
  readonly mutable: boolean;
  /** Its initial value. */
  readonly init: ConstantExpression;
}

/** Table entries from `offset` on; `functions` are function indices. */
export interface ElementSegment {
  /** First slot. */
  readonly offset: ConstantExpression;
  /** Functions, by index. */
  readonly functions: readonly number[];
}

/** Initial bytes of memory from `offset` on. */
export interface DataSegment {
  /** First address. */
  readonly offset: ConstantExpression;
  /** Its contents. */
  readonly bytes: Uint8Array;
}

/** Location of a function's body in the file: local declarations from `start`, last byte before `end`. */
export interface Body {
  /** First byte of the local declarations. */
  readonly start: number;
  /** First byte after the body. */
  readonly end: number;
}

/** A parsed module: what the rewriter and the loader need. Nothing is decoded twice. */
export interface WasmModule {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Function types. */
  readonly types: readonly FunctionType[];
  /** Imports of all kinds, in order. */
  readonly imports: readonly Import[];
  /** Imported functions: the first function indices. */
  readonly importedFunctions: readonly Import[];
  /** Imported globals: the first global indices. */
  readonly importedGlobals: readonly Import[];
  /** Type index of each function defined by the module. */
  readonly functions: readonly number[];
  /** Globals defined by the module. */
  readonly globals: readonly Global[];
  /** Exports of all kinds. */
  readonly exports: readonly Export[];
  /** Index of the start function, or -1. */
  readonly start: number;
  /** Table segments. */
  readonly elements: readonly ElementSegment[];
  /** Data segments. */
  readonly data: readonly DataSegment[];
  /** Bodies of the functions defined by the module. */
  readonly bodies: readonly Body[];
  /** File offset of the code section's content: the base of offsets in DWARF and symbol tables. */
  readonly codeStart: number;
  /** File offset after the code section. */
  readonly codeEnd: number;
  /** From `dylink.0`: size of the module's memory in bytes. */
  readonly memorySize: number;
  /** Alignment of that memory, log2. */
  readonly memoryAlign: number;
  /** Number of table entries it needs. */
  readonly tableSize: number;
  /** From `name`: names of functions by index, including imports. */
  readonly functionNames: ReadonlyMap<number, string>;
}

/** The type of a function by index, where imports come first. Undefined if there is none. */
export function typeOfFunction(module: WasmModule, index: number): FunctionType | undefined {
  const { types, functions, importedFunctions } = module;
  return types[importedFunctions[index]?.type ?? functions[index - importedFunctions.length]];
}

/** The export with the given kind and name. */
export function exportNamed({ exports }: WasmModule, kind: ExternalKind, name: string): Export | undefined {
  return exports.find((entry) => entry.kind === kind && entry.name === name);
}

const MAGIC = 0x6d736100;
const KINDS = ["function", "table", "memory", "global"] as const;

/** Whether the bytes start like a WebAssembly module. */
export function isWasm(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === MAGIC;
}

/** Whether the bytes are an object that the linker takes, not a module: only objects tell how they are linked (WebAssembly Object File Linking). */
export function isWasmObject(bytes: Uint8Array): boolean {
  if (!isWasm(bytes)) return false;
  const reader = new Reader(bytes, 8);
  while (reader.position < bytes.length) {
    const id = reader.u8();
    const end = reader.u32() + reader.position;
    if (id === 0 && end <= bytes.length && reader.name() === "linking") return true;
    reader.position = Math.min(end, bytes.length);
  }
  return false;
}

/**
 * Parses a module as built by clang and wasm-ld for wasm64 (`-shared`, position independent).
 *
 * @throws {@link GuestError} `WASM_MALFORMED` if the bytes are truncated or a count is wrong, `WASM_UNSUPPORTED` for features that
 *   such modules do not use (passive segments, several memories, tags)
 */
export function parseModule(bytes: Uint8Array): WasmModule {
  if (!isWasm(bytes)) throw new GuestError("WASM_MALFORMED", "not a WebAssembly module: it does not start with \\0asm");
  return new ModuleParser(bytes).parse();
}

/** Skips the limits of a table or memory: flags, minimum, maximum. */
function skipLimits(reader: Reader): void {
  const flags = reader.u8();
  if (flags > 7) reader.fail("limits of an unknown form");
  reader.skipLeb(64);
  if (flags & 1) reader.skipLeb(64);
}

class ModuleParser {
  private readonly reader: Reader;
  private readonly types: FunctionType[] = [];
  private readonly imports: Import[] = [];
  private readonly functions: number[] = [];
  private readonly globals: Global[] = [];
  private readonly exports: Export[] = [];
  private readonly elements: ElementSegment[] = [];
  private readonly data: DataSegment[] = [];
  private readonly bodies: Body[] = [];
  private readonly functionNames = new Map<number, string>();
  private start = -1;
  private codeStart = 0;
  private codeEnd = 0;
  private dylink = { memorySize: 0, memoryAlign: 0, tableSize: 0 };

  constructor(bytes: Uint8Array) {
    this.reader = new Reader(bytes, 8);
  }

  parse(): WasmModule {
    const { reader } = this;
    let lastId = 0;
    while (reader.position < reader.bytes.length) {
      reader.end = reader.bytes.length;
      const id = reader.u8();
      const size = reader.u32();
      const end = reader.position + size;
      if (end > reader.bytes.length) reader.fail("a section longer than the file");
      if (id !== 0) {
        const order = id === 12 ? 9.5 : id;
        if (order <= lastId) reader.fail("sections out of order");
        lastId = order;
      }
      reader.end = end;
      this.section(id);
      if (id !== 0 && reader.position !== end) reader.fail("a section that does not end where it says");
      reader.position = end;
    }
    if (this.functions.length !== this.bodies.length) reader.fail("functions without bodies");
    return {
      bytes: reader.bytes,
      types: this.types,
      imports: this.imports,
      importedFunctions: this.imports.filter((i) => i.kind === "function"),
      importedGlobals: this.imports.filter((i) => i.kind === "global"),
      functions: this.functions,
      globals: this.globals,
      exports: this.exports,
      start: this.start,
      elements: this.elements,
      data: this.data,
      bodies: this.bodies,
      codeStart: this.codeStart,
      codeEnd: this.codeEnd,
      ...this.dylink,
      functionNames: this.functionNames,
    };
  }

  private section(id: number): void {
    switch (id) {
      case 0:
        return this.custom();
      case 1:
        return this.each(() => this.type());
      case 2:
        return this.each(() => this.import());
      case 3:
        return this.each(() => this.functions.push(this.typeIndex()));
      case 4:
        return this.each(() => this.unsupported("a table of its own"));
      case 5:
        return this.each(() => this.unsupported("a memory of its own (link with -shared)"));
      case 6:
        return this.each(() => this.global());
      case 7:
        return this.each(() => this.export());
      case 8:
        this.start = this.reader.u32();
        return;
      case 9:
        return this.each(() => this.element());
      case 10:
        return this.code();
      case 11:
        return this.each(() => this.dataSegment());
      case 12:
        this.reader.u32();
        return;
      default:
        this.unsupported(`section ${id}`);
    }
  }

  private each(parse: () => void): void {
    for (let n = this.reader.count(); n > 0; n--) parse();
  }

  private unsupported(what: string): never {
    throw new GuestError("WASM_UNSUPPORTED", `the WebAssembly module has ${what}, which a kernel module cannot have`);
  }

  private valueType(): number {
    const type = this.reader.u8();
    if (type === Type.v128) this.unsupported("SIMD types");
    if (type < Type.f64 && type !== Type.funcref && type !== Type.externref) this.reader.fail("an unknown value type");
    if (type > Type.i32) this.reader.fail("an unknown value type");
    return type;
  }

  private valueTypes(): number[] {
    return Array.from({ length: this.reader.count() }, () => this.valueType());
  }

  private type(): void {
    if (this.reader.u8() !== 0x60) this.unsupported("types other than functions");
    this.types.push({ params: this.valueTypes(), results: this.valueTypes() });
  }

  private typeIndex(): number {
    const index = this.reader.u32();
    if (index >= this.types.length) this.reader.fail("a type that does not exist");
    return index;
  }

  private import(): void {
    const { reader } = this;
    const module = reader.name();
    const name = reader.name();
    const kind = KINDS[reader.u8()];
    let type = 0;
    if (kind === "function") type = this.typeIndex();
    else if (kind === "table") {
      reader.u8();
      skipLimits(reader);
    } else if (kind === "memory") skipLimits(reader);
    else if (kind === "global") {
      type = this.valueType();
      reader.u8();
    } else reader.fail("an import of an unknown kind");
    this.imports.push({ module, name, kind, type });
  }

  private constantExpression(): ConstantExpression {
    const { reader } = this;
    let value = 0n;
    const globals: number[] = [];
    for (;;) {
      const op = reader.u8();
      if (op === Op.end) return { value, globals };
      if (op === Op.i32Const) value += reader.signed(32);
      else if (op === Op.i64Const) value += reader.signed(64);
      else if (op === Op.globalGet) globals.push(reader.u32());
      else if (op === Op.f32Const) reader.skip(4);
      else if (op === Op.f64Const) reader.skip(8);
      else if (op !== Op.i64Add && op !== Op.i32Add)
        this.unsupported("an initial value that is not a sum of constants");
    }
  }

  private global(): void {
    const type = this.valueType();
    if (type !== Type.i32 && type !== Type.i64) this.unsupported("a global that is not an integer");
    const mutable = this.reader.u8() === 1;
    this.globals.push({ type, mutable, init: this.constantExpression() });
  }

  private export(): void {
    const { reader } = this;
    const name = reader.name();
    const kind = KINDS[reader.u8()] ?? reader.fail("an export of an unknown kind");
    this.exports.push({ name, kind, index: reader.u32() });
  }

  private element(): void {
    const { reader } = this;
    const flags = reader.u32();
    if (flags !== 0 && flags !== 2) this.unsupported("table segments that are not plain functions");
    if (flags === 2) reader.u32();
    const offset = this.constantExpression();
    if (flags === 2) reader.u8();
    this.elements.push({ offset, functions: Array.from({ length: reader.count() }, () => reader.u32()) });
  }

  private code(): void {
    const { reader } = this;
    this.codeStart = reader.position;
    this.codeEnd = reader.end;
    for (let n = reader.count(); n > 0; n--) {
      const size = reader.u32();
      const start = reader.position;
      reader.skip(size);
      this.bodies.push({ start, end: start + size });
    }
  }

  private dataSegment(): void {
    const { reader } = this;
    const flags = reader.u32();
    if (flags !== 0) this.unsupported("passive data segments (link without --shared-memory)");
    const offset = this.constantExpression();
    this.data.push({ offset, bytes: reader.take(reader.u32()) });
  }

  private custom(): void {
    const name = this.reader.name();
    if (name === "dylink.0") this.dylinkSection();
    else if (name === "name") this.nameSection();
  }

  /** https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md: subsection 1 is the memory info. */
  private dylinkSection(): void {
    this.subsections((id) => {
      if (id !== 1) return;
      const memorySize = this.reader.u32();
      const memoryAlign = this.reader.u32();
      this.dylink = { memorySize, memoryAlign, tableSize: this.reader.u32() };
    });
  }

  private nameSection(): void {
    this.subsections((id) => {
      if (id === 1) this.each(() => this.functionNames.set(this.reader.u32(), this.reader.name()));
    });
  }

  private subsections(parse: (id: number) => void): void {
    const { reader } = this;
    const sectionEnd = reader.end;
    while (reader.position < sectionEnd) {
      const id = reader.u8();
      const size = reader.u32();
      const end = reader.position + size;
      if (end > sectionEnd) reader.fail("a subsection longer than its section");
      reader.end = end;
      parse(id);
      reader.end = sectionEnd;
      reader.position = end;
    }
  }
}
