/** Writes the manual's pages, which npm installs with the command, from the help of the command that was built. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manPages } from "../dist/man-pages.js";

const folder = join(import.meta.dirname, "../dist/man");
mkdirSync(folder, { recursive: true });
for (const [name, text] of await manPages()) writeFileSync(join(folder, name), text);
