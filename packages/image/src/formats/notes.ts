import type { CoreNote } from "@kasan/platform";

/** Bytes of notes that are read at most: a CPU has a few KiB. */
export const MOST_NOTE_BYTES = 2 ** 24;
/** Notes that are taken at most; what follows is cut off. */
export const MOST_NOTES = 2 ** 16;
/** Characters of an owner's name that are looked at. */
const MOST_OWNER = 64;

const latin1 = new TextDecoder("latin1");
const padded = (size: number) => Math.ceil(size / 4) * 4;

/** Takes notes apart: a header of three words, then name and contents, each padded to 4 bytes. Stops at what is cut off. */
export function parseNotes(bytes: Uint8Array): CoreNote[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const notes: CoreNote[] = [];
  for (let at = 0; at + 12 <= bytes.length && notes.length < MOST_NOTES; ) {
    const nameSize = view.getUint32(at, true);
    const dataSize = view.getUint32(at + 4, true);
    const type = view.getUint32(at + 8, true);
    const data = at + 12 + padded(nameSize);
    if (data + dataSize > bytes.length) break;
    // Kernels reserve more room than they fill: zeros follow.
    if (nameSize > 0 || dataSize > 0 || type > 0) {
      const name = bytes.subarray(at + 12, at + 12 + Math.min(nameSize, MOST_OWNER));
      notes.push({
        owner: latin1.decode(name).replace(/\0.*$/s, ""),
        type,
        data: bytes.subarray(data, data + dataSize),
      });
    }
    at = data + padded(dataSize);
  }
  return notes;
}
