/**
 * Checks that packages import each other by name: no file of a package, tests included, imports a file of another by its path. Prints
 * what does, and fails.
 *
 *     node scripts/check-imports.js
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

const ROOT = join(import.meta.dirname, "..");

const PACKAGES = ["packages", "apps", "examples/plugins"].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => join(ROOT, parent, name) + sep),
);

/** Specifiers of static and dynamic imports and of re-exports that are paths. */
const PATHS = /(?:\bfrom|\bimport\s*\(?)\s*(["'])(\.[^"']*)\1/g;

const isSource = (name) => /\.[cm]?[jt]s$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name);

const problems = PACKAGES.flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter(isSource)
    .map((name) => join(folder, name))
    .flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(PATHS)]
        .map(([, , path]) => join(dirname(file), path))
        .filter((other) => PACKAGES.some((one) => one !== folder && other.startsWith(one)))
        .map((other) => `${relative(ROOT, file)} imports ${relative(ROOT, other)}; import its package by name`),
    ),
);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
