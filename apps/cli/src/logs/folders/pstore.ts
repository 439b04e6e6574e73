import { join } from "node:path";
import type { LogSource } from "../log-source.ts";
import { openLog } from "../open-log.ts";
import type { FolderKind } from "./folder.ts";

/** How pstore names the ends of kernel logs, by the store that kept them (`pstore_mkfile` in `fs/pstore/inode.c`). */
const DUMP = /^dmesg-[a-z_]+-\d+(?:\.enc\.z)?$/;
/** What else it keeps. */
const OTHER = /^(?:console|pmsg|ftrace|mce|rtas|powerpc-[a-z]+)-[a-z_]+-\d+$/;
/** How a dump begins: why it was made, its number since boot, and which part it is: the first is the newest (`pstore_dump` in `fs/pstore/platform.c`). */
const HEADER = /^([A-Za-z ]{1,20}#\d{1,9}) Part(\d{1,9})\n/;

/** A part of a dump. */
interface Part {
  readonly path: string;
  readonly dump: string;
  readonly number: number;
}

/** `/sys/fs/pstore`, or a copy of it: what the kernel said before it died. The parts of a dump are one log. */
export const pstore: FolderKind = {
  async find(folder, names) {
    if (!names.some((name) => DUMP.test(name)) || !names.every((name) => DUMP.test(name) || OTHER.test(name)))
      return undefined;
    const parts = await Promise.all(names.filter((name) => DUMP.test(name)).map((name) => readHeader(folder, name)));
    const others = names
      .filter((name) => /^(?:console|pmsg)-/.test(name))
      .map((name) => ({ path: join(folder, name) }));
    return { sources: [...joined(parts), ...others] };
  },
};

async function readHeader(folder: string, name: string): Promise<Part> {
  const path = join(folder, name);
  const [, dump, number] = HEADER.exec(await beginningOf(path)) ?? [];
  return { path, dump: dump === undefined ? path : `${momentOf(name)} ${dump}`, number: Number(number ?? 1) };
}

async function beginningOf(path: string): Promise<string> {
  for await (const chunk of openLog(path)) return Buffer.from(chunk).toString("latin1", 0, 64);
  return "";
}

/** Dumps of different boots have the same number. EFI's names begin with the time in seconds, then the part and the number, of two and three digits (`drivers/firmware/efi/efi-pstore.c`). */
function momentOf(name: string): string {
  return /^dmesg-efi[a-z_]*-(\d+)\d{5}/.exec(name)?.[1] ?? "";
}

/** The dumps, the oldest part of each first. A part that was there before begins another dump. */
function joined(parts: readonly Part[]): LogSource[] {
  const dumps = new Map<string, Part[][]>();
  for (const part of parts) {
    const same = dumps.get(part.dump) ?? [];
    const open = same.find((dump) => dump.every(({ number }) => number !== part.number));
    if (open) open.push(part);
    else same.push([part]);
    dumps.set(part.dump, same);
  }
  return [...dumps.values()].flat().map((dump) => {
    const paths = dump.sort((a, b) => b.number - a.number).map(({ path }) => path);
    return paths.length === 1 ? { path: paths[0]! } : { path: paths[0]!, parts: paths };
  });
}
