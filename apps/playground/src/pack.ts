import { concatBytes } from "@kasan/shadow";

/** What the cache of compiled modules gave when an example ran, by key: with it, the example runs without a compiler. */
export type PackEntries = ReadonlyMap<string, Uint8Array>;

/** A pack as bytes: the length of a list, the list of keys and lengths as JSON, and the entries one after the other. */
export function packBytes(entries: PackEntries): Uint8Array {
  const list = new TextEncoder().encode(JSON.stringify([...entries].map(([key, { length }]) => [key, length])));
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, list.length, true);
  return concatBytes([head, list, ...entries.values()]);
}

/** Reads what {@link packBytes} wrote. */
export function readPack(bytes: Uint8Array): PackEntries {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const list = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as [key: string, length: number][];
  let at = 4 + length;
  return new Map(
    list.map(([key, size]) => {
      at += size;
      return [key, bytes.slice(at - size, at)];
    }),
  );
}

/** The file of an example's pack, compressed with gzip. Its name does not say so: servers would have browsers decompress it. */
export const packName = (example: string, arch: string, mode: string): string =>
  `packs/${example}-${arch}-${mode}.pack`;
