import type { WasmModule } from "../wasm/module.ts";

/** What begins each note (include/kasan/kfuzztest.h). */
const MARK = new TextEncoder().encode("kasan fuzz note\x01");
/** Bytes of `struct kasan_fuzz_note`, and where it has its fields. */
const NOTE_BYTES = 248;
const [NUMBERS, LOW, HIGH, TYPE, NAME] = [16, 40, 48, 56, 152];

/** Kinds of notes, as in `enum kasan_fuzz_note_kind`. */
const KINDS = [
  "target",
  "pointer",
  "array",
  "string",
  "length",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "in-range",
] as const;

/** What a macro of a FUZZ_TEST says of a structure, or of one of its fields. */
export interface FuzzNote {
  /** What it says. */
  readonly kind: (typeof KINDS)[number];
  /** The structure, as C names it. */
  readonly type: string;
  /** The field; of a target, its name. */
  readonly name: string;
  /** The field's offset in the structure. */
  readonly offset: number;
  /** The field's size, or the structure's. */
  readonly size: number;
  /** Whether the field has a sign. */
  readonly signed: boolean;
  /** Of a length: the offset of the pointer to what has that length. */
  readonly linked: number;
  /** Bytes of one element of an array. */
  readonly element: number;
  /** What the field is compared with, 64 bits without a sign. */
  readonly low: bigint;
  /** The upper end of a range. */
  readonly high: bigint;
}

/** Finds the notes in a module's data. */
export function notesOf({ data }: WasmModule): FuzzNote[] {
  return data.flatMap(({ bytes }) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const notes: FuzzNote[] = [];
    for (let at = buffer.indexOf(MARK); at >= 0; at = buffer.indexOf(MARK, at + 1)) {
      if (at + NOTE_BYTES <= buffer.length) notes.push(readNote(buffer.subarray(at, at + NOTE_BYTES)));
    }
    return notes;
  });
}

function readNote(note: Buffer): FuzzNote {
  const [kind, offset, size, signed, linked, element] = [0, 1, 2, 3, 4, 5].map((i) =>
    note.readUInt32LE(NUMBERS + 4 * i),
  );
  return {
    kind: KINDS[kind],
    type: textAt(note, TYPE),
    name: textAt(note, NAME),
    offset,
    size,
    signed: signed !== 0,
    linked,
    element,
    low: note.readBigUInt64LE(LOW),
    high: note.readBigUInt64LE(HIGH),
  };
}

function textAt(note: Buffer, at: number): string {
  const text = note.subarray(at, at + NAME - TYPE);
  return text.toString("latin1", 0, text.indexOf(0) < 0 ? text.length : text.indexOf(0));
}
