import type { CompileCache } from "@kasan/guest";
import { BrowserCache } from "@kasan/guest/browser";
import { type PackEntries, readPack } from "../pack.ts";

/** What was compiled: when the page was made, or in this browser. */
export class LabCache implements CompileCache {
  /** Whether something was not there that only a compiler can make, which was not waited for. */
  missed = false;
  private readonly packed = new Map<string, Uint8Array>();
  private readonly compiled = new BrowserCache();

  /** Adds what a pack has. */
  add(entries: PackEntries): void {
    for (const [key, bytes] of entries) this.packed.set(key, bytes);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.packed.get(key) ?? (await this.compiled.get(key));
  }

  getSync(key: string): Uint8Array | undefined {
    const found = this.packed.get(key) ?? this.compiled.getSync(key);
    if (!found) this.missed = true;
    return found;
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.compiled.put(key, bytes);
  }

  putSync(key: string, bytes: Uint8Array): void {
    this.compiled.putSync(key, bytes);
  }
}

/** Fetches a pack; an empty one if it is not there: what it has is compiled then. */
export async function fetchPack(url: URL): Promise<PackEntries> {
  try {
    const answer = await fetch(url);
    if (!answer.ok || !answer.body) return new Map();
    const whole = answer.body.pipeThrough(new DecompressionStream("gzip"));
    return readPack(new Uint8Array(await new Response(whole).arrayBuffer()));
  } catch {
    return new Map();
  }
}
