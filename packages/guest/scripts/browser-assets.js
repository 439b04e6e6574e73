/** Writes what the build for browsers fetches: this package's headers and C files in one file, and which modules are compiled already. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { HEADER_FOLDER, LIBRARY_FOLDER, PREBUILT_FOLDER } from "../dist/index.js";

/** The files of a folder and of those below it, by path. */
function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, "utf8")]));
}

const folder = join(import.meta.dirname, "../dist/browser");
mkdirSync(folder, { recursive: true });
const write = (name, value) => writeFileSync(join(folder, name), JSON.stringify(value));
write("files.json", { include: filesOf(HEADER_FOLDER), lib: filesOf(LIBRARY_FOLDER) });
write(
  "prebuilt.json",
  readdirSync(PREBUILT_FOLDER).filter((name) => !name.startsWith(".")),
);
