import { atLeast, formatAddress, resetTag, truncateAddress } from "@kasan/shadow";
import { addressJson, byteHex, compact, type HexJson, hexJson } from "../json-parts.ts";
import { ADDRESS, BYTE, COUNT, described, FLAG, HEX, oneOf, record, TASK } from "../json-schema.ts";
import { LEVEL, lines } from "../line.ts";
import { addressOf, hexToBigint, toSize } from "../parse/values.ts";
import type { Section } from "./section.ts";

/** A task as reports name it. */
export interface TaskRef {
  /** Its name: `kunit_try_catch`. */
  readonly comm: string;
  /** Its id; 0 is the idle task of a CPU. */
  readonly pid: number;
}

/** The reported access. */
export interface Access {
  /** `Free` if an object was freed that could not be. */
  readonly kind: "Read" | "Write" | "Free";
  /** Bytes; negative sizes print as the huge ones that C makes of them. Absent for a free, or if unknown. */
  readonly size?: number | bigint;
  /** The pointer as it was used, tag included: 0 … 2^64-1. */
  readonly address: bigint;
  /** Tag-based modes: the pointer's tag, 0 … 255. */
  readonly pointerTag?: number;
  /** Tag-based modes: the tag of the memory at the first bad address, 0 … 255. */
  readonly memoryTag?: number;
}

/** The access, and the task that made it. */
export interface AccessFields {
  /** The access. It has no meaning if {@link AccessFields.asynchronous} is set. */
  readonly access?: Access;
  /** Hardware tags, asynchronous mode: the access is in the past, and the kernel knows nothing about it (`kasan_report_async`). */
  readonly asynchronous?: boolean;
  /** How many bits the kernel's addresses have, if they are not 64. */
  readonly addressBits?: 32;
  /** The task that did it. */
  readonly task?: TaskRef;
}

/** A task in JSON. */
export interface TaskJson {
  /** Its name. */
  comm: string;
  /** Its id. */
  pid: number;
}

/** An access or a free in JSON. */
export interface AccessJson {
  /** The kind of access. */
  kind: "Read" | "Write" | "Free";
  /** Bytes; in hex beyond 2^53, as C makes of negative sizes. */
  size?: number | HexJson;
  /** The pointer, tag included. */
  address: HexJson;
  /** Tag-based modes: the pointer's tag. */
  pointerTag?: number;
  /** Tag-based modes: the memory's tag. */
  memoryTag?: number;
}

/** The access, and the task that made it, in JSON. */
export interface AccessFieldsJson {
  /** The access. */
  access?: AccessJson;
  /** Hardware tags, asynchronous mode: the access is in the past, and `access` and the place have no meaning. */
  asynchronous?: boolean;
  /** The task that did it. */
  task?: TaskJson;
}

// Numbers are whole if what follows them is there. A task whose pid was cut off is not known.
const ACCESS = /^(Read|Write) (?:of size (\d{1,20}) )?(?:at addr (?:0x)?([0-9a-f]{4,16}|\(null\)) )?by\b/;
const FREE = /^Free of addr (?:0x)?([0-9a-f]{8,16}) by\b/;
const BY_TASK = / by task (.+)\/(\d+)/;
const TAGS = /^Pointer tag: \[([0-9a-f]{2})\], memory tag: \[([0-9a-f]{2})\]/;

/** The line below the title, and the tags (`print_error_description` in `mm/kasan/report.c`). */
export const access: Section<AccessFields> = {
  name: "access",
  part: "head",

  read(reading) {
    const { draft } = reading;
    const readTask = (text: string) => {
      const [, comm, pid] = BY_TASK.exec(text) ?? [];
      if (comm !== undefined) draft.task ??= { comm, pid: Number(pid) };
    };
    // The kernel prints all digits of a pointer.
    const readBits = (digits: string | undefined) => {
      if (digits?.length === 8) draft.addressBits = 32;
    };
    const readAccess = (text: string) => {
      const match = ACCESS.exec(text);
      if (match === null) return /^(?:Read|Write) (?:of size|at addr)/.test(text) ? "access" : undefined;
      const [, kind, size, at] = match;
      const address = addressOf(at) ?? reading.titleAddress;
      readTask(text);
      readBits(at);
      if (address !== undefined && draft.access === undefined) {
        draft.access = { kind: kind as "Read" | "Write", ...(size !== undefined && { size: toSize(size) }), address };
      }
      return "access";
    };
    return {
      lines: {
        RW: readAccess,
        F(text) {
          const match = FREE.exec(text);
          if (match === null) return undefined;
          draft.access ??= { kind: "Free", address: hexToBigint(match[1]!) };
          readBits(match[1]);
          readTask(text);
          return "access";
        },
        A(text) {
          if (!text.startsWith("Asynchronous fault")) return undefined;
          draft.asynchronous = true;
          return "access";
        },
        P(text) {
          const match = TAGS.exec(text);
          if (match === null) return undefined;
          const [pointerTag, memoryTag] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)];
          if (draft.access) draft.access = { ...draft.access, pointerTag, memoryTag };
          return "tags";
        },
      },
    };
  },

  print({ access: what, task, asynchronous }, { version }) {
    if (asynchronous) return lines(LEVEL.ERR, "Asynchronous fault: no details available");
    if (what === undefined) return [];
    const { kind, pointerTag, memoryTag } = what;
    const address = formatAddress(what.address);
    const size = truncateAddress(BigInt(what.size ?? 0));
    const who = task ? ` by task ${task.comm}/${task.pid}` : "";
    if (!atLeast(version, 4, 12)) return lines(LEVEL.ERR, `${kind} of size ${size}${who}`);
    const texts: string[] = [];
    // The kernel said nothing of the address of a bad free before 6.2.
    if (kind !== "Free") texts.push(`${kind}${size === 0n ? "" : ` of size ${size}`} at addr ${address}${who}`);
    else if (atLeast(version, 6, 1)) texts.push(`Free of addr ${address}${who}`);
    if (pointerTag !== undefined && memoryTag !== undefined) {
      texts.push(`Pointer tag: [${byteHex(pointerTag)}], memory tag: [${byteHex(memoryTag)}]`);
    }
    return lines(LEVEL.ERR, ...texts);
  },

  json({ access: what, asynchronous, task }): AccessFieldsJson {
    return compact({
      access: what && accessJson(what),
      asynchronous,
      task: task && { comm: task.comm, pid: task.pid },
    });
  },

  schema() {
    const size = described("Bytes; in hex beyond 2^53, as C makes of negative sizes.", { anyOf: [COUNT, HEX] });
    return {
      access: record(
        { kind: oneOf("Read", "Write", "Free"), size, address: ADDRESS, pointerTag: BYTE, memoryTag: BYTE },
        ["kind", "address"],
      ),
      asynchronous: described(
        "True of hardware's tags: the access is past, and nothing is known of it; `access` and `function` say nothing then.",
        FLAG,
      ),
      task: TASK,
    };
  },
};

function accessJson({ kind, size, address, pointerTag, memoryTag }: Access): AccessJson {
  return compact({
    kind,
    size: size === undefined ? undefined : sizeJson(truncateAddress(BigInt(size))),
    address: addressJson(address),
    pointerTag,
    memoryTag,
  });
}

function sizeJson(size: bigint): number | HexJson {
  return size > Number.MAX_SAFE_INTEGER ? hexJson(size) : Number(size);
}

/** The number of bytes accessed. A negative size is the huge one that C makes of it. */
export function accessSize({ access: what }: AccessFields): bigint | undefined {
  return what?.size === undefined ? undefined : truncateAddress(BigInt(what.size));
}

/** The accessed address without its tag: the object and the page are looked up by it. */
export function untaggedAddress({ address, pointerTag }: Access): bigint {
  return pointerTag === undefined ? address : resetTag(address);
}

/** The consequence of an access to memory that is not meant for it, as the end of a sentence. */
export function harmOf({ access: what }: AccessFields): string {
  if (what === undefined) return "";
  return what.kind === "Write"
    ? "; writing there overwrites whatever lies there"
    : "; what is read there is not what was meant";
}
