import { readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { host } from "#host";
import { readSmall } from "../compile/files.ts";
import { GuestError } from "../error.ts";
import { madeFile } from "./made/files.ts";

/** A kernel's version: that of `Makefile` at the top of its source. */
export interface KernelVersion {
  readonly version: number;
  readonly patchLevel: number;
  readonly subLevel: number;
  /** What follows the numbers: `-rc3`, or nothing. */
  readonly extra: string;
}

/** A version by its first two numbers. */
export type Version = readonly [version: number, patchLevel: number];

/** Whether a kernel is older than a version. */
export const isBefore = ({ version, patchLevel }: KernelVersion, [other, otherLevel]: Version): boolean =>
  version < other || (version === other && patchLevel < otherLevel);

/** A version as one text, which a kernel of it calls its release: `6.12.0-rc3`. */
export const releaseOf = ({ version, patchLevel, subLevel, extra }: KernelVersion): string =>
  `${version}.${patchLevel}.${subLevel}${extra}`;

/** Files that every kernel's source has and that a compilation needs. */
const NEEDED = ["Makefile", "include/linux/kconfig.h", "include/linux/module.h", "include/asm-generic/Kbuild"];

/** Numbers of `Makefile`: `VERSION = 6`. */
const NUMBER = (name: string) => new RegExp(`^${name}[ \\t]*=[ \\t]*(\\d+)`, "m");

/** The first version whose headers the architecture here fits. */
const OLDEST: Version = [5, 10];

/** The newest version that was tried. */
const NEWEST: Version = [7, 3];

/** A kernel's source on disk. Files that were read are kept, since compilations have most headers in common. */
export class KernelTree {
  /** The source's folder, as an absolute path. */
  readonly folder: string;
  /** The kernel's version. */
  readonly version: KernelVersion;
  private readonly files = new Map<string, Uint8Array | undefined>();

  private constructor(folder: string, version: KernelVersion) {
    this.folder = folder;
    this.version = version;
  }

  /**
   * Opens a kernel's source.
   *
   * @throws {@link GuestError} `BAD_INPUT` for a folder that is none, lacks files that are needed, which are named, or is of a version
   *   before 5.10
   */
  static open(folder: string): KernelTree {
    if (statSync(folder, { throwIfNoEntry: false })?.isFile()) {
      throw new GuestError("BAD_INPUT", `${folder}: a file, not the folder of a kernel's source`);
    }
    const has = (path: string) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() ?? false;
    const missing = NEEDED.filter((path) => !has(path));
    if (missing.length > 0) {
      const what = missing.length === NEEDED.length ? "not a kernel's source" : "an incomplete kernel's source";
      throw new GuestError("BAD_INPUT", `${folder}: ${what}; it has no ${missing.join(", no ")}`);
    }
    const version = versionOf(folder, readFileSync(join(folder, "Makefile"), "utf8"));
    if (isBefore(version, OLDEST)) {
      throw new GuestError(
        "BAD_INPUT",
        `${folder}: Linux ${releaseOf(version)}; sources before ${OLDEST.join(".")} do not work`,
      );
    }
    return new KernelTree(resolve(folder), version);
  }

  /** What a user should know about the version; undefined if it was tried. */
  versionWarning(): string | undefined {
    const { version, folder } = this;
    if (isBefore(version, [NEWEST[0], NEWEST[1] + 1])) return undefined;
    return `${folder}: Linux ${releaseOf(version)}; ${OLDEST.join(".")} to ${NEWEST.join(".")} were tried, no newer one`;
  }

  /** Reads a file, and keeps it; undefined if there is none, or it is larger than any header. `path`: relative to the top. */
  read(path: string): Uint8Array | undefined {
    if (!this.files.has(path)) this.files.set(path, this.readOnce(path));
    return this.files.get(path);
  }

  /** Reads a file that is not needed again, or makes it as the kernel's build does. */
  readOnce(path: string): Uint8Array | undefined {
    const onDisk = (name: string) => readSmall(join(this.folder, name), host.disk);
    return onDisk(path) ?? madeFile(path, onDisk);
  }

  /** Names in a folder; none if there is no such folder. `path`: relative to the top. */
  names(path: string): string[] {
    const folder = join(this.folder, path);
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder).sort() : [];
  }

  /** What tells this source from others, and from what it was before an update; an edited file does not change it. */
  stamp(): string {
    return `${this.folder} ${statSync(join(this.folder, "Makefile")).mtimeMs}`;
  }

  /** A path relative to the top of the source, with slashes, if the file is inside. */
  inside(path: string): string | undefined {
    const inner = relative(this.folder, resolve(path));
    return inner === "" || inner.startsWith("..") || isAbsolute(inner) ? undefined : inner.split(sep).join("/");
  }
}

function versionOf(folder: string, makefile: string): KernelVersion {
  const number = (name: string) => Number(NUMBER(name).exec(makefile)?.[1] ?? Number.NaN);
  const version = number("VERSION");
  const patchLevel = number("PATCHLEVEL");
  if (Number.isNaN(version + patchLevel)) {
    throw new GuestError("BAD_INPUT", `${folder}/Makefile: not a kernel's; it sets no VERSION and PATCHLEVEL`);
  }
  const extra = /^EXTRAVERSION[ \t]*=[ \t]*(\S*)/m.exec(makefile)?.[1] ?? "";
  return { version, patchLevel, subLevel: number("SUBLEVEL") || 0, extra };
}
