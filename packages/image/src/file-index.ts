import type { ByteSource } from "./source.ts";

/** Where indexes of files are kept from one run to the next. `Cache` of `@kasan/guest/cache` is one. */
export interface ImageCache {
  /** What was kept under a key, which is a name that a file can have. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keeps bytes. Never throws. */
  put(key: string, bytes: Uint8Array): Promise<void>;
}

/** What was found out about a file in a time that is worth keeping it. */
export interface FileIndex {
  /** What is not numbers. */
  readonly note: string;
  /** Numbers: offsets and sizes. */
  readonly arrays: readonly Float64Array[];
}

/** Makes an index, or takes the one that was kept. `kind`: letters that tell its layout from others. */
export type Indexer = (source: ByteSource, kind: string, make: () => FileIndex) => Promise<FileIndex>;

/** What is made in less time is not kept. Milliseconds. */
const WORTH = 200;

/** Keeps indexes of files, which it tells by device, number, size and times of change, in a cache, if there is one. */
export function indexer(cache: ImageCache | undefined, worth: number = WORTH): Indexer {
  return async (source, kind, make) => {
    if (cache === undefined || source.identity === undefined) return make();
    const key = `image-${kind}-${source.identity}`;
    const kept = await cache.get(key);
    const index = kept && unpack(kept);
    if (index !== undefined) return index;
    const start = performance.now();
    const made = make();
    if (performance.now() - start >= worth) await cache.put(key, pack(made));
    return made;
  };
}

const HEADER = 16;
/** Changes with the layout of {@link pack}. */
const VERSION = 1;

/** An index as bytes: version, the note's size, the number of arrays; the note; each array's length and numbers. */
function pack({ note, arrays }: FileIndex): Uint8Array {
  const text = new TextEncoder().encode(note);
  const start = HEADER + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + arrays.reduce((sum, { length }) => sum + 8 * (length + 1), 0));
  new Uint32Array(bytes.buffer, 0, 3).set([VERSION, text.length, arrays.length]);
  bytes.set(text, HEADER);
  let at = start;
  for (const array of arrays) {
    new Float64Array(bytes.buffer, at, 1)[0] = array.length;
    new Float64Array(bytes.buffer, at + 8, array.length).set(array);
    at += 8 * (array.length + 1);
  }
  return bytes;
}

/** What {@link pack} made; `undefined` if it was another one. */
function unpack(packed: Uint8Array): FileIndex | undefined {
  const bytes = packed.byteOffset % 8 === 0 ? packed : packed.slice();
  if (bytes.length < HEADER || bytes.length % 8 !== 0) return undefined;
  const [version, noteBytes, count] = new Uint32Array(bytes.buffer, bytes.byteOffset, 3) as unknown as [
    number,
    number,
    number,
  ];
  let at = HEADER + Math.ceil(noteBytes / 8) * 8;
  if (version !== VERSION || at > bytes.length) return undefined;
  const note = new TextDecoder().decode(bytes.subarray(HEADER, HEADER + noteBytes));
  const arrays: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 8 > bytes.length) return undefined;
    const length = new Float64Array(bytes.buffer, bytes.byteOffset + at, 1)[0]!;
    if (!(length >= 0 && at + 8 * (length + 1) <= bytes.length)) return undefined;
    arrays.push(new Float64Array(bytes.buffer, bytes.byteOffset + at + 8, length));
    at += 8 * (length + 1);
  }
  return { note, arrays };
}
