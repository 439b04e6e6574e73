import type { CompileCache } from "../../compile/compile-cache.ts";
import { fetchAsset } from "./settings.ts";

/** The name under which a browser keeps what was compiled. */
const STORE = "kasan-compiled";

/** Keys have no URL; Cache Storage wants one. */
const request = (key: string): string => `https://kasan.invalid/${key}`;

/** Modules that come with this package have their checksum behind them. */
const CHECKSUM_BYTES = 4;

/**
 * What was compiled: in memory, in the modules that come with this package, and in the browser's Cache Storage where a page may use it.
 */
export class BrowserCache implements CompileCache {
  private readonly known = new Map<string, Uint8Array>();
  private shipped: Promise<ReadonlySet<string>> | undefined;

  /** @param entries - what is known from the beginning, by key */
  constructor(entries: Iterable<readonly [string, Uint8Array]> = []) {
    for (const [key, bytes] of entries) this.known.set(key, bytes);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const bytes = this.known.get(key) ?? (await this.fetchShipped(key)) ?? (await stored(key));
    if (bytes) this.known.set(key, bytes);
    return bytes;
  }

  getSync(key: string): Uint8Array | undefined {
    return this.known.get(key);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.known.set(key, bytes);
    try {
      const store = await caches.open(STORE);
      await store.put(request(key), new Response(bytes.slice()));
    } catch {
      // A page that is not served safely, or a full disk: it is compiled again.
    }
  }

  putSync(key: string, bytes: Uint8Array): void {
    this.known.set(key, bytes);
  }

  private async fetchShipped(key: string): Promise<Uint8Array | undefined> {
    this.shipped ??= fetchAsset("browser/prebuilt.json").then(
      (bytes) => new Set(bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as string[]) : []),
      () => new Set(),
    );
    if (!(await this.shipped).has(key)) return undefined;
    const entry = await fetchAsset(`prebuilt/${key}`).catch(() => undefined);
    return entry?.subarray(0, -CHECKSUM_BYTES);
  }
}

async function stored(key: string): Promise<Uint8Array | undefined> {
  try {
    const found = await (await caches.open(STORE)).match(request(key));
    return found && new Uint8Array(await found.arrayBuffer());
  } catch {
    return undefined;
  }
}
