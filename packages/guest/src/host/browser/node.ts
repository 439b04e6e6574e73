/**
 * What code of this package uses of Node's modules, in a browser, where there is no disk. The build for browsers has it in place of those modules (tsup.config.ts).
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

const absent = (path: string): never => {
  throw Object.assign(new Error(`ENOENT: no such file or directory: ${path}`), { code: "ENOENT" });
};

// node:fs, node:fs/promises
export const existsSync = (): boolean => false;
export const statSync = (path: string, options?: { throwIfNoEntry?: boolean }): undefined =>
  options?.throwIfNoEntry === false ? undefined : absent(path);
export const readFileSync = absent;
export const readdirSync = absent;
export const mkdirSync = absent;
export const renameSync = absent;
export const writeFileSync = absent;
export const rmSync = (): void => {};
export const readFile = async (path: string): Promise<never> => absent(path);
export const readdir = readFile;
export const rename = readFile;
export const stat = readFile;
export const utimes = readFile;
export const writeFile = readFile;
export const rm = async (): Promise<void> => {};

// node:os, node:url, node:timers/promises
export const homedir = (): string => "/";
export const fileURLToPath = (url: URL): string => url.pathname;
export const setImmediate = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

// node:crypto, node:zlib
/** SHA-256, whatever is asked for: nothing else is. */
export function createHash() {
  const hash = sha256.create();
  const self = {
    update(part: string | Uint8Array) {
      hash.update(typeof part === "string" ? new TextEncoder().encode(part) : part);
      return self;
    },
    digest: () => bytesToHex(hash.digest()),
  };
  return self;
}
export const randomBytes = (count: number) => {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return { toString: () => bytesToHex(bytes) };
};
export const crc32 = (): number => 0;

// node:worker_threads
export class Worker {
  constructor() {
    throw new Error("a browser has no threads of Node.js");
  }
}
