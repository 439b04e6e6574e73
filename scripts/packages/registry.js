import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename } from "node:path";

/** What npm reads of a package: its versions, of which there is one, and where the tarball lies. */
async function packument({ manifest, tarball }, origin) {
  const integrity = `sha512-${createHash("sha512")
    .update(await readFile(tarball))
    .digest("base64")}`;
  const dist = { tarball: `${origin}/tarballs/${basename(tarball)}`, integrity };
  const { name, version } = manifest;
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
}

/**
 * A registry that has some tarballs and nothing else. It serves one scope: npm takes other packages from where it always does.
 *
 * @param packages - each with the path of its tarball, and the manifest in it
 * @returns its address, and what ends it
 */
export async function startRegistry(packages) {
  const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]));
  const byFile = new Map(packages.map(({ tarball }) => [`tarballs/${basename(tarball)}`, tarball]));
  const server = createServer(async (request, response) => {
    // Nothing is kept: the next run has other tarballs of the same version.
    response.setHeader("cache-control", "no-store");
    const path = decodeURIComponent(request.url).slice(1);
    if (byName.has(path)) response.end(JSON.stringify(await packument(byName.get(path), origin)));
    else if (byFile.has(path)) createReadStream(byFile.get(path)).pipe(response);
    else response.writeHead(404).end("{}");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, close: () => server.close() };
}
