import { createHash } from "node:crypto";

/** What was compiled, by key. A cache may forget; nothing here throws. */
export interface CompileCache {
  /** The bytes stored under a key, or undefined. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** As {@link get}, for callers that cannot wait: it may know less. */
  getSync(key: string): Uint8Array | undefined;
  /** Stores bytes under a key. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** As {@link put}, for callers that cannot wait. */
  putSync(key: string, bytes: Uint8Array): void;
}

/** Computes the key of something built from these parts. */
export function cacheKey(...parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}
