/**
 * Writes the table of packages in README.md from their manifests: what each is, and which packages it imports.
 *
 *     node scripts/package-list.js [--check]
 *
 * With `--check` it writes nothing, and fails if the table is not up to date.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const README = join(ROOT, "README.md");
const [START, END] = ["<!-- packages: written by scripts/package-list.js -->\n", "<!-- end of packages -->\n"];

const manifests = ["apps", "packages"].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => ({
    folder: `${parent}/${name}`,
    ...JSON.parse(readFileSync(join(ROOT, parent, name, "package.json"), "utf8")),
  })),
);
const byName = new Map(manifests.map((manifest) => [manifest.name, manifest]));
const importsOf = ({ dependencies = {}, devDependencies = {} }) =>
  // What is private is built in, from the development dependencies.
  Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => byName.has(name) && (name in dependencies || byName.get(name).private),
  );

/** The longest chain of imports below a package: those that import most come first. */
const depth = (name) => 1 + Math.max(0, ...importsOf(byName.get(name)).map(depth));

const short = (name) => name.replace("@kasan/", "");
const rows = manifests
  .toSorted((a, b) => depth(b.name) - depth(a.name) || a.folder.localeCompare(b.folder))
  .map(
    (manifest) =>
      `| \`${manifest.folder}\`${manifest.private ? " (private)" : ""} | ${manifest.description} | ${importsOf(manifest).map(short).join(", ") || "nothing"} |\n`,
  );
const table = `${START}| package | | imports |\n|---|---|---|\n${rows.join("")}${END}`;

const text = readFileSync(README, "utf8");
const [from, to] = [text.indexOf(START), text.indexOf(END)];
if (from < 0 || to < from) throw new Error(`README.md has no lines ${START.trim()} and ${END.trim()}`);
const fresh = text.slice(0, from) + table + text.slice(to + END.length);
if (process.argv.includes("--check")) {
  if (fresh !== text) {
    console.error("README.md: the table of packages is out of date; run node scripts/package-list.js");
    process.exit(1);
  }
} else writeFileSync(README, fresh);
