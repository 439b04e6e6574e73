/** Serves folders of files on this machine, as any host of static pages does. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, posix } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Headers of a page that is isolated from others: it may share memory between threads. */
export const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/**
 * Starts a server.
 *
 * @param {Readonly<Record<string, { folder: string } | { type: string, text: string }>>} served - folders and texts by path, which begins
 *   with a slash; of several that fit, the longest is taken
 * @param {Readonly<Record<string, string>>} headers - of all answers
 * @param {number} port - any that is free, by default
 * @returns its URL, with a slash at the end, and what ends it with all its connections
 */
export async function serve(served, headers = {}, port = 0) {
  const prefixes = Object.keys(served).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    // No path leads out of a folder: it is made simple before it is joined.
    const path = posix.normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    const prefix = prefixes.find((one) => path === one || (path.startsWith(one) && one.endsWith("/")));
    const found = prefix === undefined ? undefined : served[prefix];
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (found && "text" in found) return void response.setHeader("content-type", found.type).end(found.text);
    const below = path.slice(prefix?.length);
    const file = found && join(found.folder, below === "" || below.endsWith("/") ? `${below}index.html` : below);
    const size = file === undefined ? undefined : sizeOf(file);
    if (file === undefined || size === undefined) return void response.writeHead(404).end("not found\n");
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    response.setHeader("content-length", size);
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", () => done(undefined)));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://localhost:${address.port}/`, close };
}

/**
 * The size of a file; undefined if there is none.
 *
 * @param {string} path
 */
function sizeOf(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  return info?.isFile() ? info.size : undefined;
}
