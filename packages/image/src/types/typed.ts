import { truncateAddress } from "@kasan/shadow";
import { ImageError } from "../error.ts";
import { listNodes } from "../kernel/list.ts";
import type { VirtualMemory } from "../virtual.ts";
import type { Btf, BtfKind, BtfMember, BtfType } from "./btf.ts";
import { findMember } from "./members.ts";

/** Memory, and the types of what is in it. */
export interface TypedMemory {
  /** The memory. */
  readonly memory: VirtualMemory;
  /** The kernel's types. */
  readonly types: Btf;
}

/**
 * A value of a kernel's memory: a structure, union, array or pointer. Members are read by their names, elements by their numbers; those
 * of what a pointer leads to as well; another name throws {@link ImageError} `IMAGE_TYPES`, and `"name" in value` tells. A number of up
 * to 4 bytes is a number, a longer one a bigint, an enumeration's value its name.
 * What every value has begins with `$`, which no name in C does. In comparisons and texts (`task.comm == "init"`), characters are their text, a
 * pointer is its address, a number (`type("u64").at(…)`) itself, and others are where they are.
 */
export interface KernelObject {
  /** Where it is. */
  readonly $address: bigint;
  /** Its type, as C spells it: `struct page`, `char[16]`, `struct mm_struct *`. */
  readonly $type: string;
  /** A pointer's address; else `undefined`. */
  readonly $value: bigint | undefined;
  /** The text in an array of characters, or where a pointer to characters leads. */
  readonly $text: string;
  /** The names of its members. */
  readonly $members: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: which members there are, the kernel at hand says
  readonly [member: string]: any;
}

/** A type of a kernel. */
export class KernelType {
  private readonly found: BtfType;

  /** The type of a number. */
  constructor(
    private readonly source: TypedMemory,
    private readonly id: number,
  ) {
    this.found = source.types.resolve(id);
  }

  /** Its name as C spells it. */
  get name(): string {
    return spellType(this.source.types, this.id);
  }

  /** Bytes of a value. */
  get size(): number {
    return this.source.types.sizeOf(this.id);
  }

  /** The members of a structure or union. */
  get members(): readonly BtfMember[] {
    return this.source.types.members(this.found);
  }

  /**
   * The byte that a member starts at: `flags`, `kasan_info.alloc_meta_offset`.
   *
   * @throws {@link ImageError} `IMAGE_TYPES` if there is none
   */
  offsetOf(path: string): number {
    let bit = 0;
    let id = this.id;
    for (const name of path.split(".")) {
      const member = findMember(this.source.types, id, name);
      if (!member) throw noMember(this.name, path);
      bit += member.bit;
      id = member.type;
    }
    return bit / 8;
  }

  /**
   * The value at an address (0 … 2^64-1), where a pointer leads, or where another value is. Reading it throws {@link ImageError}
   * `IMAGE_ADDRESS` where there is no memory.
   */
  at(address: bigint | KernelObject): KernelObject {
    return objectAt(this.source, this.id, addressOf(address));
  }

  /**
   * The structures in a list, as the kernel's `list_for_each_entry` goes through them. Ends where the list does, comes to a node a second
   * time, or leaves memory.
   *
   * @param head - the `struct list_head` that is in none of them
   * @param member - the member that links them
   * @throws {@link ImageError} `IMAGE_TYPES` if there is no such member
   */
  *list(head: bigint | KernelObject, member: string): Generator<KernelObject> {
    const offset = BigInt(this.offsetOf(member));
    for (const node of listNodes(this.source.memory, addressOf(head))) yield this.at(node - offset);
  }

  /** Its members with their offsets and types, or its values' numbers and names, a line each, for people. Other types: the name and the bytes. */
  get layout(): string {
    const { types } = this.source;
    const lines = this.members.map(({ name, type, bit, bits }) => {
      const width = bits === 0 ? "" : `, ${bits} bits from bit ${bit & 7} on`;
      return `\n${String(bit >> 3).padStart(6)}  ${spellType(types, type)}${name === "" ? "" : ` ${name}`}${width}`;
    });
    const values = types.values(this.found).map(({ name, value }) => `\n${String(value).padStart(6)}  ${name}`);
    return `${this.name}, ${this.size} bytes${[...lines, ...values].join("")}`;
  }
}

/**
 * A type by its name as C spells it: `struct page`, `enum zone_type`, `u64`.
 *
 * @throws {@link ImageError} `IMAGE_TYPES` if the kernel has none of that name
 */
export function typeNamed(source: TypedMemory, name: string): KernelType {
  const id = source.types.find(name);
  if (id !== undefined) return new KernelType(source, id);
  const meant = ["struct", "union", "enum"].find((tag) => source.types.find(`${tag} ${name}`) !== undefined);
  const hint = meant === undefined ? "" : ` (did you mean ${meant} ${name}?)`;
  throw new ImageError("IMAGE_TYPES", `the kernel has no type ${name}${hint}`);
}

/** The address that is meant: a pointer's, else where the value is. */
function addressOf(value: bigint | KernelObject): bigint {
  return truncateAddress(typeof value === "bigint" ? value : (value.$value ?? value.$address));
}

/** A value's kind of type, behind typedefs and qualifiers. */
export const kindOf = (value: KernelObject): BtfKind => (value as unknown as { [KIND]: BtfKind })[KIND];

const KIND = Symbol("kind");

const noMember = (type: string, name: string) => new ImageError("IMAGE_TYPES", `${type} has no member ${name}`);

/** Members of an object that its own members cannot hide. */
const OWN: Readonly<Record<string, (source: TypedMemory, id: number, address: bigint) => unknown>> = {
  $address: (_source, _id, address) => address,
  $type: ({ types }, id) => spellType(types, id),
  $value: ({ types, memory }, id, address) => (types.resolve(id).kind === "pointer" ? memory.u64(address) : undefined),
  $text: textOf,
  $members: ({ types }, id) => memberNames(types, id),
};

function objectAt(source: TypedMemory, id: number, address: bigint): KernelObject {
  const target = Object.create(null) as Record<string, unknown>;
  const has = (key: string) => key in OWN || memberNames(source.types, id).includes(key);
  return new Proxy(target, {
    get: (_, key) => {
      if (key === Symbol.toPrimitive) return () => primitiveOf(source, id, address);
      if (key === KIND) return source.types.resolve(id).kind;
      return typeof key === "string" ? memberOf(source, id, address, key) : undefined;
    },
    has: (_, key) => typeof key === "string" && has(key),
    ownKeys: () => memberNames(source.types, id),
    getOwnPropertyDescriptor: (_, key) =>
      typeof key === "string" && has(key)
        ? { configurable: true, enumerable: true, get: () => memberOf(source, id, address, key) }
        : undefined,
  }) as unknown as KernelObject;
}

function memberOf(source: TypedMemory, id: number, address: bigint, name: string): unknown {
  const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
  if (own) return own(source, id, address);
  const { types, memory } = source;
  const type = types.resolve(id);
  if (type.kind === "pointer") {
    const index = indexOf(name);
    const to = memory.u64(address);
    if (index === undefined) return memberOf(source, type.target, to, name);
    return valueAt(source, type.target, to + BigInt(index * types.sizeOf(type.target)));
  }
  if (type.kind === "array") {
    const index = indexOf(name);
    if (name === "length") return type.count;
    if (index === undefined) return undefined;
    return valueAt(source, type.target, address + BigInt(index * types.sizeOf(type.target)));
  }
  const member = findMember(types, id, name);
  if (member) return memberValue(source, member, address);
  if (isAskedByItself(name)) return undefined;
  throw noMember(spellType(types, id), name);
}

/** What JavaScript and its libraries ask any object for (`then`, `toJSON`, `$$typeof`): none that C has, where names are in lower case. */
const isAskedByItself = (name: string) => name === "then" || name === "constructor" || !/^[a-z_][a-z0-9_]*$/.test(name);

/** What a value is in a comparison or a text, as C has it: characters are their text, a pointer is where it leads, others where they are. */
function primitiveOf(source: TypedMemory, id: number, address: bigint): bigint | number | string {
  const { kind, target } = source.types.resolve(id);
  if (kind === "pointer") return source.memory.u64(address);
  if (kind === "int" || kind === "enum" || kind === "enum64")
    return valueAt(source, id, address) as bigint | number | string;
  return kind === "array" && source.types.resolve(target).name === "char" ? textOf(source, id, address) : address;
}

const indexOf = (name: string) => (/^\d{1,9}$/.test(name) ? Number(name) : undefined);

function memberValue(source: TypedMemory, { type, bit, bits }: BtfMember, address: bigint): unknown {
  if (bits === 0) return valueAt(source, type, address + BigInt(bit >> 3));
  const { memory } = source;
  const first = BigInt(bit >> 3);
  let word = 0n;
  for (let i = 0n; i < 8n && i * 8n < BigInt((bit & 7) + bits); i++) {
    word |= BigInt(memory.u8(address + first + i)) << (i * 8n);
  }
  const found = source.types.resolve(type);
  const raw = word >> BigInt(bit & 7);
  const value = found.signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
  return nameIn(source.types, found, value) ?? (bits <= 32 ? Number(value) : value);
}

/** An enumeration's name for a value. */
const nameIn = (types: Btf, type: BtfType, value: bigint) =>
  types.values(type).find((one) => one.value === value)?.name;

/** The value of a type at an address: a number, a bigint, a name, or an object. */
function valueAt(source: TypedMemory, id: number, address: bigint): unknown {
  const { types, memory } = source;
  const type = types.resolve(id);
  switch (type.kind) {
    case "int":
      return numberAt(memory, address, type);
    case "enum":
    case "enum64": {
      const value = BigInt(numberAt(memory, address, type));
      return nameIn(types, type, value) ?? Number(value);
    }
    case "struct":
    case "union":
    case "array":
    case "pointer":
      return objectAt(source, id, address);
    default:
      return undefined;
  }
}

function numberAt(memory: VirtualMemory, address: bigint, { size, signed }: BtfType): number | bigint {
  if (size === 16) {
    const value = (memory.u64(address + 8n) << 64n) | memory.u64(address);
    return signed ? BigInt.asIntN(128, value) : value;
  }
  if (size === 8) return signed ? BigInt.asIntN(64, memory.u64(address)) : memory.u64(address);
  const value = size === 1 ? memory.u8(address) : size === 2 ? memory.u16(address) : memory.u32(address);
  return signed ? (value << (32 - size * 8)) >> (32 - size * 8) : value;
}

function textOf({ types, memory }: TypedMemory, id: number, address: bigint): string {
  const type = types.resolve(id);
  return type.kind === "array" ? memory.text(address, type.count) : memory.text(memory.u64(address));
}

/** The names of members, those of anonymous structures in their place. */
function memberNames(types: Btf, id: number, depth = 0): string[] {
  const type = types.resolve(id);
  if (type.kind === "pointer" && depth === 0) return memberNames(types, type.target, 1);
  if (type.kind === "array") return Array.from({ length: Math.min(type.count, 1024) }, (_, i) => String(i));
  if (depth > 8) return [];
  return types
    .members(type)
    .flatMap(({ name, type: inner }) => (name === "" ? memberNames(types, inner, depth + 1) : [name]));
}

/** A type as C spells it. */
function spellType(types: Btf, id: number, depth = 0): string {
  const type = types.type(id);
  if (depth > 16) return "…";
  const target = () => spellType(types, type.target, depth + 1);
  switch (type.kind) {
    case "void":
    case "int":
    case "float":
    case "typedef":
      return type.name;
    case "pointer":
      return `${target()} *`;
    case "array":
      return `${target()}[${type.count}]`;
    case "const":
    case "volatile":
      return `${type.kind} ${target()}`;
    case "restrict":
    case "type tag":
      return target();
    case "prototype":
      return "function";
    case "forward":
      return `struct ${type.name}`;
    default:
      return `${type.kind === "enum64" ? "enum" : type.kind} ${type.name === "" ? "{…}" : type.name}`;
  }
}
