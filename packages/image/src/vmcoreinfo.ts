import type { CoreNote, KernelFacts } from "@kasan/platform";
import { parseNotes } from "./formats/notes.ts";
import type { ImageMemory } from "./memory.ts";

/** A kernel's description of itself for crash dump readers (Documentation/admin-guide/kdump/vmcoreinfo.rst). */
export class VmcoreInfo implements KernelFacts {
  private readonly values: ReadonlyMap<string, string>;

  /** Parses its text: lines of `NAME=value`. */
  constructor(text: string) {
    this.values = new Map(
      text.split("\n").flatMap((line) => {
        const at = line.indexOf("=");
        return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
      }),
    );
  }

  /** A value as it stands. */
  text(name: string): string | undefined {
    return this.values.get(name);
  }

  /** `SYMBOL(name)`: an address. */
  symbol(name: string): bigint | undefined {
    return hex(this.values.get(`SYMBOL(${name})`));
  }

  /** `NUMBER(name)`: decimal, signed, or hex with `0x`. */
  number(name: string): bigint | undefined {
    const text = this.values.get(`NUMBER(${name})`);
    if (text === undefined || !/^(-?\d{1,20}|0x[0-9a-f]{1,16})$/.test(text)) return undefined;
    return BigInt.asUintN(64, BigInt(text));
  }

  /** `OFFSET(structure.member)`: bytes from the structure's start. */
  offset(name: string): bigint | undefined {
    return decimal(this.values.get(`OFFSET(${name})`));
  }

  /** `SIZE(structure)`: bytes. */
  size(name: string): bigint | undefined {
    return decimal(this.values.get(`SIZE(${name})`));
  }

  /** How far KASLR moved the kernel: `KERNELOFFSET`. */
  get kernelOffset(): bigint | undefined {
    return hex(this.values.get("KERNELOFFSET"));
  }
}

function hex(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]{1,16}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}

function decimal(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? BigInt(text) : undefined;
}

const OWNER = "VMCOREINFO";
/** How the kernel's own copy begins, at the start of a page: sizes, type 0, owner (`vmcoreinfo_note` in kernel/vmcore_info.c). */
const NAME = new TextEncoder().encode(`${OWNER}\0`);
const CHUNK = 2 ** 20;
/** Bytes of memory that are searched at most: 4 GiB. */
const MOST_SEARCHED = 2 ** 32;
const PAGE = 4096;

/** VMCOREINFO among a core's notes. */
export function vmcoreInfoOf(notes: readonly CoreNote[]): VmcoreInfo | undefined {
  const note = notes.find(({ owner }) => owner === OWNER);
  return note && new VmcoreInfo(new TextDecoder("latin1").decode(note.data).replace(/\0.*$/s, ""));
}

/**
 * VMCOREINFO in memory, where the kernel prepares it for a crash: the first page that begins with such a note, in the first
 * 4 GiB of memory.
 */
export function findVmcoreInfo(memory: ImageMemory): VmcoreInfo | undefined {
  const chunk = new Uint8Array(CHUNK);
  const view = new DataView(chunk.buffer);
  let searched = 0;
  for (const { physical, size } of memory.segments) {
    for (let at = Math.ceil(physical / PAGE) * PAGE; at < physical + size; at += CHUNK) {
      searched += CHUNK;
      if (searched > MOST_SEARCHED) return undefined;
      if (memory.seemsZero(at, CHUNK)) continue;
      memory.read(at, chunk);
      const end = Math.min(CHUNK, physical + size - at);
      for (let page = 0; page + 24 <= end; page += PAGE) {
        const found =
          view.getUint32(page, true) === NAME.length && NAME.every((byte, i) => byte === chunk[page + 12 + i]);
        if (!found) continue;
        const bytes = new Uint8Array(2 * PAGE);
        memory.read(at + page, bytes);
        const info = vmcoreInfoOf(parseNotes(bytes));
        if (info?.text("OSRELEASE") !== undefined) return info;
      }
    }
  }
  return undefined;
}
