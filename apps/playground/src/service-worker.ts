/**
 * Keeps the page for use without a network: its own files from the first visit on, clang from its first use on. A version of the page has a
 * cache of its own, and removes those of others.
 */

/** What this needs of a service worker's global object, which TypeScript's types of pages lack. */
interface Scope {
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly scope: string; readonly active: object | null };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate" | "fetch" | "message", listener: (event: ScopeEvent) => void): void;
}

interface ScopeEvent {
  readonly request: Request;
  readonly data: unknown;
  readonly source: { postMessage(message: unknown): void } | null;
  waitUntil(work: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
}

const scope = self as unknown as Scope;
/** The build writes what stands between percent signs: all files but clang's, a hash of them, a hash of clang's. */
const FILES = "%FILES%" as unknown as readonly string[];
const OWN = "kasan-page-%VERSION%";
const CLANG = "kasan-clang-%CLANG%";

const isClang = (url: string): boolean => new URL(url).pathname.includes("/clang/");

/** What is kept, or else what the host has. A browser may refuse to keep anything: the page works all the same. */
async function answer(event: ScopeEvent): Promise<Response> {
  const { request } = event;
  const cache = await opened(isClang(request.url) ? CLANG : OWN);
  const found = await cache?.match(request, { ignoreSearch: true }).catch(() => undefined);
  if (found) return found;
  const fetched = await fetch(request);
  // The page has the bytes as they come, and shows how many there are.
  if (cache && fetched.ok) event.waitUntil(cache.put(request, fetched.clone()).catch(() => {}));
  return fetched;
}

/** A cache; undefined where there may be none. */
async function opened(name: string): Promise<Cache | undefined> {
  try {
    return await caches.open(name);
  } catch {
    return undefined;
  }
}

/** Fetches what is not there yet. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(OWN);
  const there = new Set((await cache.keys()).map(({ url }) => url));
  const missing = FILES.map((file) => new URL(file, scope.registration.scope).href).filter((url) => !there.has(url));
  for (const url of missing) await cache.add(url);
}

async function removeOthers(): Promise<void> {
  const ours = (await caches.keys()).filter((name) => /^kasan-(?:page|clang)-/.test(name));
  const others = ours.filter((name) => name !== OWN && name !== CLANG);
  await Promise.all(others.map((name) => caches.delete(name)));
}

// The first visit is under control at once: it fetches clang long before the page is loaded again. A later version waits until no page
// of the one before is open, whose files it would remove.
scope.addEventListener("install", (event) => {
  if (!scope.registration.active) event.waitUntil(scope.skipWaiting());
});
scope.addEventListener("activate", (event) =>
  event.waitUntil(
    removeOthers()
      .catch(() => {})
      .then(() => scope.clients.claim()),
  ),
);
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(scope.registration.scope)) event.respondWith(answer(event));
});
scope.addEventListener("message", (event) => {
  if (event.data !== "keep") return;
  event.waitUntil(
    keepAll().then(
      () => event.source?.postMessage("kept"),
      () => {},
    ),
  );
});
