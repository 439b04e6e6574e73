import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ownPackage from "../../package.json" with { type: "json" };

/** The files of a new module as they stand in this package, below its root from sources as from the build. */
const TEMPLATE = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../templates/init/" : "../templates/init/", import.meta.url),
);

/** What `npm test` runs. */
const TEST = "kasan run ring.c ring_test.c";

/** A manifest by which npm installs this command, and runs the tests. */
const manifest = (): string =>
  `${JSON.stringify({ private: true, scripts: { test: TEST }, devDependencies: { [ownPackage.name]: `^${ownPackage.version}` } }, undefined, 2)}\n`;

/** The files of a new module, by their paths in its folder, sorted. */
export async function skeleton(): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(
    files.map(
      async (file) => [file.slice(TEMPLATE.length).replaceAll(sep, "/"), await readFile(file, "utf8")] as const,
    ),
  );
  return new Map([...texts, ["package.json", manifest()] as const].sort(([a], [b]) => (a < b ? -1 : 1)));
}
