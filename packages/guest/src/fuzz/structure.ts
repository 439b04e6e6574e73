import { concatBytes } from "@kasan/shadow";
import { GuestError } from "../error.ts";
import { encodeRegions, type InputLayout, type Relocation, readLayout } from "./encoding.ts";
import type { FuzzNote } from "./notes.ts";

/** A pointer of a structure to what an input brings along. */
interface PointerField {
  readonly offset: number;
  /** Bytes of an element. */
  readonly element: number;
  /** Whether its bytes end with a zero. */
  readonly string: boolean;
  /** Whether it must not be null. */
  readonly wanted: boolean;
  /** The field with the number of its elements. */
  readonly length: FuzzNote | undefined;
}

/** A field of which something is expected, and its expectations. */
const EXPECTATIONS = new Set<FuzzNote["kind"]>(["eq", "ne", "lt", "le", "gt", "ge", "in-range"]);
/** Before the bytes of a pointer that is not the last: their number. */
const COUNT_BYTES = 2;

/**
 * The structure that a FUZZ_TEST takes: makes inputs in the proposal's encoding out of any bytes, and bytes out of inputs. The bytes are
 * those of the structure that are neither pointers nor lengths, then what the pointers lead to, each but the last after its size.
 */
export class FuzzStructure {
  private readonly size: number;
  private readonly pointers: readonly PointerField[];
  private readonly expectations: readonly FuzzNote[];
  /** Bytes of the structure that an input sets. */
  private readonly free: readonly number[];

  /** @param target - the note of the target; `notes`: all of the module's */
  constructor(target: FuzzNote, notes: readonly FuzzNote[]) {
    this.size = target.size;
    const own = notes.filter(({ kind, type }) => kind !== "target" && type === target.type);
    this.pointers = pointersOf(own);
    const taken = new Set<number>();
    for (const { offset } of this.pointers) take(taken, offset, POINTER_BYTES);
    for (const { offset, size, kind } of own) if (kind === "length") take(taken, offset, size);
    this.expectations = own.filter(
      ({ kind, offset, size }) => EXPECTATIONS.has(kind) && size <= 8 && !taken.has(offset),
    );
    this.free = Array.from({ length: this.size }, (_, i) => i).filter((at) => !taken.has(at));
  }

  /** How an input is laid out, or what is wrong with it. */
  layout(input: Uint8Array): InputLayout | string {
    return readLayout(input, this.size);
  }

  /** Makes an input of any bytes. Those that are missing are zeros. */
  encode(bytes: Uint8Array): Uint8Array {
    const structure = new Uint8Array(this.size);
    this.free.forEach((at, i) => {
      structure[at] = bytes[i] ?? 0;
    });
    for (const note of this.expectations) meet(structure, note);
    const regions: Uint8Array[] = [structure];
    const relocations: Relocation[] = [];
    let rest = bytes.subarray(this.free.length);
    this.pointers.forEach((pointer, i) => {
      const last = i === this.pointers.length - 1;
      const counted = last ? { own: rest, rest: rest.subarray(rest.length) } : split(rest);
      rest = counted.rest;
      const region = regionOf(pointer, counted.own);
      const target = region.length > 0 || pointer.wanted ? regions.push(region) - 1 : undefined;
      relocations.push({ region: 0, offset: pointer.offset, target });
      if (pointer.length) write(structure, pointer.length, BigInt(region.length / pointer.element));
    });
    return encodeRegions(regions, relocations);
  }

  /**
   * The bytes that an input is made of.
   *
   * @throws {@link GuestError} `BAD_INPUT` if it is not encoded as it should be
   */
  decode(input: Uint8Array): Uint8Array {
    const layout = this.layout(input);
    if (typeof layout === "string") throw new GuestError("BAD_INPUT", refusal(layout));
    const bytesOf = (index: number) => {
      const { offset, size } = layout.regions[index];
      return input.subarray(layout.payload + offset, layout.payload + offset + size);
    };
    const structure = bytesOf(0);
    const parts: Uint8Array[] = [Uint8Array.from(this.free, (at) => structure[at])];
    this.pointers.forEach(({ offset, string }, i) => {
      const target = layout.relocations.find((one) => one.region === 0 && one.offset === offset)?.target;
      const all = target === undefined ? new Uint8Array() : bytesOf(target);
      const bytes = string && all[all.length - 1] === 0 ? all.subarray(0, -1) : all;
      if (i < this.pointers.length - 1) parts.push(Uint8Array.of(bytes.length & 0xff, bytes.length >> 8));
      parts.push(bytes);
    });
    return concatBytes(parts);
  }
}

/** What to say of an input that is not encoded as it should be. */
export const refusal = (fault: string): string => `the input is not one of a FUZZ_TEST: ${fault}`;

const POINTER_BYTES = 8;

function take(taken: Set<number>, offset: number, size: number): void {
  for (let at = offset; at < offset + size; at++) taken.add(at);
}

/** The pointers of a structure, by offset: what an annotation or an expectation says is one. */
function pointersOf(notes: readonly FuzzNote[]): PointerField[] {
  const arrays = notes.filter(({ kind }) => kind === "array" || kind === "string" || kind === "pointer");
  const lengths = notes.filter(({ kind }) => kind === "length");
  const offsets = new Set([...arrays.map(({ offset }) => offset), ...lengths.map(({ linked }) => linked)]);
  return [...offsets]
    .sort((a, b) => a - b)
    .map((offset) => {
      const own = arrays.filter((note) => note.offset === offset);
      const length = lengths.find(({ linked }) => linked === offset);
      const elements = [...own.map(({ element }) => element), length?.element ?? 0];
      return {
        offset,
        element: Math.max(1, ...elements),
        string: own.some(({ kind }) => kind === "string"),
        wanted: own.some(({ kind }) => kind === "pointer"),
        length,
      };
    });
}

/** Bytes with their number before them. */
function split(bytes: Uint8Array): { own: Uint8Array; rest: Uint8Array } {
  const content = bytes.subarray(COUNT_BYTES);
  const count = Math.min(content.length, (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8));
  return { own: content.subarray(0, count), rest: content.subarray(count) };
}

/** What a pointer leads to: whole elements, no more than its length can tell. */
function regionOf({ element, string, length }: PointerField, bytes: Uint8Array): Uint8Array {
  const most =
    length && length.size < 4 ? 2 ** (8 * length.size - Number(length.signed)) - 1 : Number.POSITIVE_INFINITY;
  if (string) return concatBytes([bytes.subarray(0, most - 1), Uint8Array.of(0)]);
  return bytes.subarray(0, element * Math.min(most, Math.floor(bytes.length / element)));
}

function read(structure: Uint8Array, { offset, size, signed }: FuzzNote): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(structure[offset + i]);
  return signed ? BigInt.asIntN(8 * size, value) : value;
}

function write(structure: Uint8Array, { offset, size }: FuzzNote, value: bigint): void {
  for (let i = 0; i < size; i++) structure[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

/** Changes a field that does not meet an expectation, so that inputs are not spent on what ends at once. */
function meet(structure: Uint8Array, note: FuzzNote): void {
  const { kind, size, signed } = note;
  const number = (value: bigint) => (signed ? BigInt.asIntN(64, value) : value);
  const [least, most] = signed
    ? [-(2n ** BigInt(8 * size - 1)), 2n ** BigInt(8 * size - 1) - 1n]
    : [0n, 2n ** BigInt(8 * size) - 1n];
  const [low, high] = [number(note.low), number(note.high)];
  const value = read(structure, note);
  if (kind === "ne") {
    if (value === low) write(structure, note, low + 1n);
    return;
  }
  const [from, to] = {
    eq: [low, low],
    lt: [least, low - 1n],
    le: [least, low],
    gt: [low + 1n, most],
    ge: [low, most],
    "in-range": [low, high],
  }[kind as "eq"];
  if ((value < from || value > to) && from <= to)
    write(structure, note, from + (BigInt.asUintN(64, value) % (to - from + 1n)));
}
