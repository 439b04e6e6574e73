import { ImageError } from "../error.ts";

/** Kinds of types (Documentation/bpf/btf.rst), by their number; what comes after them in a later kernel is refused. */
const KINDS: readonly BtfKind[] = [
  "void",
  "int",
  "pointer",
  "array",
  "struct",
  "union",
  "enum",
  "forward",
  "typedef",
  "volatile",
  "const",
  "restrict",
  "function",
  "prototype",
  "variable",
  "section",
  "float",
  "declaration tag",
  "type tag",
  "enum64",
];

/** A kind of type. */
export type BtfKind =
  | "void"
  | "int"
  | "pointer"
  | "array"
  | "struct"
  | "union"
  | "enum"
  | "forward"
  | "typedef"
  | "volatile"
  | "const"
  | "restrict"
  | "function"
  | "prototype"
  | "variable"
  | "section"
  | "float"
  | "declaration tag"
  | "type tag"
  | "enum64";

/** A member of a structure or union. */
export interface BtfMember {
  /** Its name; empty for an anonymous structure or union. */
  readonly name: string;
  /** Its type. */
  readonly type: number;
  /** Where it starts, in bits from the structure's start. */
  readonly bit: number;
  /** Its width in bits, if it is a bit field; else 0. */
  readonly bits: number;
}

/** A value of an enumeration. */
export interface BtfValue {
  /** Its name. */
  readonly name: string;
  /** Its number. */
  readonly value: bigint;
}

/** A type. */
export interface BtfType {
  /** Its number. */
  readonly id: number;
  /** What it is. */
  readonly kind: BtfKind;
  /** Its name; empty if it has none. */
  readonly name: string;
  /** Bytes of a value; 0 where it is another type's, or has none. */
  readonly size: number;
  /** What it points to, names or qualifies; an array's element. 0 is void. */
  readonly target: number;
  /** An array's elements; 0 for other kinds. */
  readonly count: number;
  /** Whether an integer or enumeration is signed. */
  readonly signed: boolean;
}

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
/** Types of a kernel: some 150,000. */
const MOST_TYPES = 2 ** 22;
/** Typedefs and qualifiers on the way to a type. */
const MOST_STEPS = 64;
/** Bytes after a type's first 12, by kind: once, and for each of its `vlen` parts. */
const EXTRA: Partial<Readonly<Record<BtfKind, readonly [once: number, each: number]>>> = {
  int: [4, 0],
  array: [12, 0],
  struct: [0, 12],
  union: [0, 12],
  enum: [0, 8],
  prototype: [0, 8],
  variable: [4, 0],
  section: [0, 12],
  "declaration tag": [4, 0],
  enum64: [0, 12],
};

/** Whether bytes begin as BTF of this byte order does. */
export function isBtf(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint16(0, true) === MAGIC && view.getUint8(2) === 1 && view.getUint32(4, true) >= HEADER_BYTES;
}

/** Bytes of a whole BTF, by its header ({@link isBtf}). */
export function btfBytes(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const end = (at: number) => view.getUint32(at, true) + view.getUint32(at + 4, true);
  return view.getUint32(4, true) + Math.max(end(8), end(16));
}

/** The types of a kernel as BTF describes them: each is decoded when it is asked for. */
export class Btf {
  private readonly view: DataView;
  private readonly strings: Uint8Array;
  /** By number: where the type starts. */
  private readonly starts: Uint32Array;
  private names: Map<string, number> | undefined;

  /**
   * Types from bytes that are kept.
   *
   * @throws {@link ImageError} `IMAGE_TYPES` if they are no BTF, or cut off
   */
  constructor(bytes: Uint8Array) {
    if (!isBtf(bytes)) throw damaged("it does not begin as BTF");
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = this.view.getUint32(4, true);
    const part = (at: number): [number, number] => {
      const start = header + this.view.getUint32(at, true);
      const end = start + this.view.getUint32(at + 4, true);
      if (end > bytes.length) throw damaged(`${end} bytes are said to be there, ${bytes.length} are`);
      return [start, end];
    };
    this.strings = bytes.subarray(...part(16));
    this.starts = this.startsOf(...part(8));
  }

  /** How many types there are, void included. */
  get count(): number {
    return this.starts.length;
  }

  /** The type of a number. @throws {@link ImageError} `IMAGE_TYPES` if there is none */
  type(id: number): BtfType {
    if (id === 0) return VOID;
    const at = this.starts[id];
    if (at === undefined) throw damaged(`there is no type ${id}`);
    const kind = this.kindAt(at);
    const word = this.view.getUint32(at + 8, true);
    const isArray = kind === "array";
    const sized = SIZED.has(kind);
    return {
      id,
      kind,
      name: this.string(this.view.getUint32(at, true)),
      size: sized ? word : 0,
      target: isArray ? this.view.getUint32(at + 12, true) : sized ? 0 : word,
      count: isArray ? this.view.getUint32(at + 20, true) : 0,
      signed: this.isSigned(kind, at),
    };
  }

  /** The type behind typedefs, qualifiers and tags. */
  resolve(id: number): BtfType {
    let type = this.type(id);
    for (let i = 0; TRANSPARENT.has(type.kind); i++) {
      if (i === MOST_STEPS) throw damaged(`type ${id} is defined by itself`);
      type = this.type(type.target);
    }
    return type;
  }

  /** Bytes of a value of a type. */
  sizeOf(id: number, depth = 0): number {
    const type = this.resolve(id);
    if (type.kind === "pointer") return 8;
    if (type.kind !== "array") return type.size;
    if (depth === MOST_STEPS) throw damaged(`type ${id} is an array of itself`);
    return type.count * this.sizeOf(type.target, depth + 1);
  }

  /** The members of a structure or union, in their order. */
  members({ id, kind }: BtfType): BtfMember[] {
    if (kind !== "struct" && kind !== "union") return [];
    const at = this.starts[id]!;
    // With the flag, an offset has a bit field's width in its upper byte.
    const hasWidths = this.view.getUint32(at + 4, true) >>> 31 === 1;
    return this.parts(at, (part) => {
      const offset = this.view.getUint32(part + 8, true);
      return {
        name: this.string(this.view.getUint32(part, true)),
        type: this.view.getUint32(part + 4, true),
        bit: hasWidths ? offset & 0xffffff : offset,
        bits: hasWidths ? offset >>> 24 : 0,
      };
    });
  }

  /** The names of an enumeration's values. */
  values({ id, kind }: BtfType): BtfValue[] {
    if (kind !== "enum" && kind !== "enum64") return [];
    const at = this.starts[id]!;
    const high = (part: number) => (kind === "enum64" ? BigInt(this.view.getInt32(part + 8, true)) << 32n : 0n);
    return this.parts(at, (part) => ({
      name: this.string(this.view.getUint32(part, true)),
      value:
        kind === "enum64"
          ? high(part) | BigInt(this.view.getUint32(part + 4, true))
          : BigInt(this.view.getInt32(part + 4, true)),
    }));
  }

  /** The number of a type by its name as C spells it: `struct page`, `enum zone_type`, `gfp_t`. */
  find(name: string): number | undefined {
    this.names ??= this.index();
    return this.names.get(name.trim().replace(/\s+/g, " "));
  }

  /** The names of all types that have one, as C spells them. */
  allNames(): Iterable<string> {
    this.names ??= this.index();
    return this.names.keys();
  }

  private index(): Map<string, number> {
    const names = new Map<string, number>();
    for (let id = 1; id < this.starts.length; id++) {
      const at = this.starts[id]!;
      const tag = TAGS[this.kindAt(at)];
      const offset = this.view.getUint32(at, true);
      if (tag === undefined || offset === 0) continue;
      const name = `${tag}${this.string(offset)}`;
      if (!names.has(name)) names.set(name, id);
    }
    return names;
  }

  private startsOf(start: number, end: number): Uint32Array {
    const starts = [0];
    for (let at = start; at < end; ) {
      if (at + 12 > end || starts.length > MOST_TYPES) throw damaged(`type ${starts.length} is cut off`);
      const [once, each] = EXTRA[this.kindAt(at)] ?? [0, 0];
      starts.push(at);
      at += 12 + once + each * this.partCount(at);
      if (at > end) throw damaged(`type ${starts.length - 1} is cut off`);
    }
    return Uint32Array.from(starts);
  }

  private kindAt(at: number): BtfKind {
    const kind = KINDS[(this.view.getUint32(at + 4, true) >>> 24) & 0x1f];
    if (kind === undefined || kind === "void") throw damaged("it has types of an unknown kind");
    return kind;
  }

  private partCount(at: number): number {
    return this.view.getUint32(at + 4, true) & 0xffff;
  }

  private parts<T>(at: number, read: (part: number) => T): T[] {
    const [once = 0, each = 0] = EXTRA[this.kindAt(at)] ?? [];
    return Array.from({ length: this.partCount(at) }, (_, i) => read(at + 12 + once + each * i));
  }

  private isSigned(kind: BtfKind, at: number): boolean {
    if (kind === "int") return ((this.view.getUint32(at + 12, true) >>> 24) & 1) === 1;
    return (kind === "enum" || kind === "enum64") && this.view.getUint32(at + 4, true) >>> 31 === 1;
  }

  private string(offset: number): string {
    if (offset >= this.strings.length) throw damaged(`there is no name at ${offset}`);
    const end = this.strings.indexOf(0, offset);
    return new TextDecoder("latin1").decode(this.strings.subarray(offset, end < 0 ? this.strings.length : end));
  }
}

const VOID: BtfType = { id: 0, kind: "void", name: "void", size: 0, target: 0, count: 0, signed: false };
const SIZED: ReadonlySet<BtfKind> = new Set(["int", "struct", "union", "enum", "section", "float", "enum64"]);
const TRANSPARENT: ReadonlySet<BtfKind> = new Set(["typedef", "volatile", "const", "restrict", "type tag"]);
/** What C writes before a name. */
const TAGS: Partial<Readonly<Record<BtfKind, string>>> = {
  int: "",
  float: "",
  typedef: "",
  struct: "struct ",
  union: "union ",
  enum: "enum ",
  enum64: "enum ",
};

const damaged = (why: string) => new ImageError("IMAGE_TYPES", `the kernel's types (BTF) are damaged: ${why}`);
