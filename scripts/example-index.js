/**
 * Writes examples/README.md: every example with what it is, its command, and the titles of what is reported. The text is that of the
 * examples' first comments, READMEs and manifests; the titles are read from the logs beside them. @kasan/report must be built.
 *
 *     node scripts/example-index.js [--check]
 *
 * With `--check` it writes nothing, and fails if the page is not up to date.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseLog } from "@kasan/report";

const ROOT = join(import.meta.dirname, "..");
const EXAMPLES = join(ROOT, "examples");
const PAGE = join(EXAMPLES, "README.md");

/** Options whose logs have a folder of their own. */
const VARIANTS = {
  arm64: "--arch arm64",
  riscv64: "--arch riscv64",
  sw_tags: "--arch arm64 --mode sw_tags",
  hw_tags: "--arch arm64 --mode hw_tags",
  per_page: "--shadow-scheme per-page",
};

const read = (...path) => readFileSync(join(EXAMPLES, ...path), "utf8");
const filesIn = (folder, ending) => readdirSync(join(EXAMPLES, folder)).filter((name) => name.endsWith(ending));

/** The first paragraph of a file's first comment, behind the one that names the license. */
function firstComment(...path) {
  const comment = /\/\*(?! SPDX)(.*?)\*\//s.exec(read(...path))?.[1];
  if (comment === undefined)
    throw new Error(`examples/${path.join("/")} does not begin with a comment that says what it is`);
  return comment
    .replaceAll(/^ *\* ?/gm, "")
    .trim()
    .split(/\n\s*\n/)[0]
    .replaceAll(/\s+/g, " ");
}

/** What a log reports, as `kasan explain` titles it. */
const titlesIn = (...path) =>
  parseLog(read(...path))
    .reports.map(({ title }) => `\`${title}\``)
    .join(", ") || "nothing";

/** A cell of a table. */
const cell = (text) => text.replaceAll("|", "\\|");
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |\n`).join("");

/** The rows of the table in a README, by the name in their first column. */
const rowsIn = (...path) =>
  new Map(
    read(...path)
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.slice(2, -2).split(" | "))
      .map((cells) => [cells[0].replaceAll("`", ""), cells]),
  );

function rowOf(rows, name, readme) {
  const row = rows.get(name);
  if (row === undefined) throw new Error(`examples/${readme}: its table has no row for ${name}`);
  return row;
}

const programs = filesIn(".", ".c").map((file) => [
  firstComment(file),
  `\`kasan run examples/${file}\``,
  titlesIn(file.replace(/\.c$/, ".txt")),
]);

const variants = Object.entries(VARIANTS).flatMap(([folder, options]) =>
  filesIn(folder, ".txt")
    .filter((log) => existsSync(join(EXAMPLES, log.replace(/\.txt$/, ".c"))))
    .map((log) => [`\`kasan run examples/${log.replace(/\.txt$/, ".c")} ${options}\``, titlesIn(folder, log)]),
);

const moduleRows = rowsIn("modules", "README.md");
/** What the README says that a module needs. */
const neededBy = (name) => {
  const options = new RegExp(`^\`${name}\` needs .*give it \`(--[^\`]*)\``, "m").exec(
    read("modules", "README.md"),
  )?.[1];
  return options === undefined ? "" : ` ${options}`;
};
const modules = readdirSync(join(EXAMPLES, "modules"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => [
    firstComment("modules", name, `${name}.c`),
    `\`kasan run examples/modules/${name}/Makefile:${name}.ko --kernel-tree LINUX -D SEEDED_BUG${neededBy(name)}\``,
    rowOf(moduleRows, name, "modules/README.md").at(-1),
  ]);

const fuzzRows = rowsIn("fuzz", "README.md");
const targets = filesIn("fuzz", ".c").map((file) => {
  const [, needs, beside] = rowOf(fuzzRows, file, "fuzz/README.md");
  const needed = [...needs.matchAll(/`(-[^`]*)`/g)]
    .map(([, options]) => options)
    .filter((text) => /^-I|^--target/.test(text));
  const files = beside.startsWith("it includes") ? "" : /`([^`]*)`/.exec(beside)[1].replaceAll(/(?<=^| )/g, "$K/");
  const words = ["kasan fuzz", `examples/fuzz/${file}`, files, "--kernel-tree $K", ...needed];
  return [firstComment("fuzz", file), `\`${words.filter((word) => word !== "").join(" ")} --time 60\``];
});

const plugins = readdirSync(join(EXAMPLES, "plugins")).map((name) => {
  const readme = read("plugins", name, "README.md");
  const [about] = readme.split("\n\n").slice(1);
  return [about.replaceAll(/\s+/g, " "), `\`${/^ {4}(kasan .*)$/m.exec(readme)[1]}\``];
});

const page = `# Examples

Each is run from the root of the repository. This page is written by scripts/${basename(import.meta.filename)}.

## Programs

A program for each type of bug, with the log that it prints beside it. The titles are those of \`kasan explain\`.

${table(["what it is", "command", "what is reported"], programs)}
The same programs on other machines; each log is in the folder of that name.

${table(["command", "what is reported"], variants)}
## Modules

As authors of drivers write them, with a kernel's own headers: LINUX is its source. [modules/README.md](modules/README.md) says more.

${table(["what it is", "command", "what is reported"], modules)}
## Fuzz targets

For files of a kernel's source, which is \`$K\` here. [fuzz/README.md](fuzz/README.md) says more.

${table(["what an input is", "command"], targets)}
## Plugins

Installed packages, or files: \`--plugin ./examples/plugins/atom/atom.js\`. [docs/plugins.md](../docs/plugins.md) explains them.

${table(["what it is", "command"], plugins)}`;

if (process.argv.includes("--check")) {
  if (!existsSync(PAGE) || readFileSync(PAGE, "utf8") !== page) {
    console.error("examples/README.md is not up to date: node scripts/example-index.js writes it");
    process.exit(1);
  }
} else writeFileSync(PAGE, page);
