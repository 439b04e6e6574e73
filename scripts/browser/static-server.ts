/** Serves folders of files on this machine, as any host of static pages does. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, posix } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** A server that runs. */
export interface StaticServer {
  /** Where it is, with a slash at the end. */
  readonly url: string;
  /** Ends it, with all its connections. */
  close(): void;
}

/** What is served below a path: a folder of files, or a text. */
export type Served = { readonly folder: string } | { readonly type: string; readonly text: string };

/**
 * Starts a server.
 *
 * @param served - by path, which begins with a slash; of several that fit, the longest is taken
 * @param headers - of all answers
 * @param port - any that is free, by default
 */
export async function serve(
  served: Readonly<Record<string, Served>>,
  headers: Readonly<Record<string, string>> = {},
  port = 0,
): Promise<StaticServer> {
  const prefixes = Object.keys(served).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    // No path leads out of a folder: it is made simple before it is joined.
    const path = posix.normalize(decodeURIComponent(new URL(request.url!, "http://localhost").pathname));
    const prefix = prefixes.find((one) => path === one || (path.startsWith(one) && one.endsWith("/")));
    const found = prefix === undefined ? undefined : served[prefix]!;
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
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, close };
}

/** The size of a file; undefined if there is none. */
function sizeOf(path: string): number | undefined {
  const info = statSync(path, { throwIfNoEntry: false });
  return info?.isFile() ? info.size : undefined;
}
