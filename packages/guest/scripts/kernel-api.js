/**
 * Writes docs/kernel-api.md: the kernel API for guests, header by header, from packages/guest/include. `--check` writes nothing,
 * and fails if the page does not match the headers.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runLLVM } from "@yowasp/clang";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const include = join(root, "packages/guest/include");
const page = join(root, "docs/kernel-api.md");

/** Paths of all headers below a folder, sorted. */
function headers(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? headers(path) : entry.name.endsWith(".h") ? [path] : [];
    });
}

/** A folder in the form that the compiler takes. */
function treeOf(folder) {
  const tree = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    tree[entry.name] = entry.isDirectory() ? treeOf(path) : readFileSync(path);
  }
  return tree;
}

/** The preprocessed text of each header: some macros declare dozens of functions. */
async function preprocessed(names) {
  const source = names.map((name) => `#include <${name}>\n`).join("");
  const pieces = [];
  const flags = ["-E", "-std=gnu11", "--target=wasm64-unknown-unknown", "-nostdinc", "-isystem", "/include"];
  const config = [
    "-D__KERNEL__",
    "-DCONFIG_KASAN=1",
    "-DCONFIG_KASAN_GENERIC=1",
    "-include",
    "/include/linux/kconfig.h",
  ];
  await runLLVM(
    ["clang", ...flags, ...config, "all.c", "-o", "-"],
    { "all.c": source, include: treeOf(include) },
    { stdout: (bytes) => bytes && pieces.push(bytes.slice()), stderr: () => {}, fetchProgress: () => {} },
  );
  const texts = new Map();
  let current = "";
  for (const line of Buffer.concat(pieces).toString().split("\n")) {
    const marker = /^# \d+ "([^"]*)"/.exec(line);
    if (marker) current = marker[1].replace(/^\/include\//, "");
    else texts.set(current, `${texts.get(current) ?? ""}${line}\n`);
  }
  return texts;
}

const unique = (names) => [...new Set(names)];
/** Whether a name is not internal to the headers or the machine. */
const isPublic = (name) => !/^(__|_[A-Z]|kasan_guest_|KASAN_GUEST_)/.test(name);
const matches = (text, pattern) => unique([...text.matchAll(pattern)].map(([, name]) => name)).filter(isPublic);

/** A header's comments without the licence line: how it differs from the kernel's, and why. */
function notes(text) {
  return [...text.matchAll(/^\/\*(.*?)\*\//gms)]
    .map(([, comment]) =>
      comment
        .replace(/^\s*\*? ?/gm, "")
        .replace(/\s+/g, " ")
        .trim(),
    )
    .filter((comment) => comment !== "" && !comment.startsWith("SPDX-License-Identifier"));
}

/** Top-level declarations, with the contents of braces removed. */
function declarations(text) {
  let depth = 0;
  let out = "";
  for (const char of text) {
    if (char === "}") depth--;
    if (depth === 0) out += char;
    if (char === "{") depth++;
  }
  return out;
}

function section(path, expanded) {
  const source = readFileSync(path, "utf8");
  const joined = source.replace(/\\\n/g, " ");
  const code = joined.replace(/\/\*.*?\*\//gs, "");
  const guard = /#ifndef (\w+)\s*\n#define \1\b/.exec(code)?.[1];
  const declared = declarations(expanded.get(relative(include, path)) ?? "");
  const functions = matches(
    declared,
    /(?:^|[\s*])(\w+)\([^(){};]*(?:\([^()]*\)[^(){};]*)*\)\s*(?:__\w+(?:\([^)]*\))?\s*)*(?:;|\{\})/g,
  );
  const macros = matches(code, /^[ \t]*#[ \t]*define[ \t]+(\w+)\(/gm);
  const constants = matches(code, /^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+\S/gm).filter((name) => name !== guard);
  const types = unique([
    ...matches(declared, /^((?:struct|union|enum) \w+) ?\{/gm),
    ...matches(declared, /^typedef\b[^;]*?\b(\w+)(?:\[[^\]]*\])?;/gm),
  ]);
  const rows = [
    ["Functions", functions.map((name) => `${name}()`)],
    ["Macros", macros.filter((name) => !functions.includes(name)).map((name) => `${name}()`)],
    ["Types", types],
    ["Constants", constants.filter((name) => !functions.includes(name))],
  ];
  const lists = rows.filter(([, names]) => names.length > 0);
  const said = notes(joined).map((note) => `- ${note}`);
  if (lists.length === 0 && said.length === 0) return "";
  return [
    `## <${relative(include, path)}>`,
    ...(said.length > 0 ? [said.join("\n")] : []),
    ...lists.map(([title, names]) => `**${title}:** ${names.map((name) => `\`${name}\``).join(", ")}`),
  ].join("\n\n");
}

const paths = headers(include);
const expanded = await preprocessed(paths.map((path) => relative(include, path)));
const sections = paths.map((path) => section(path, expanded)).filter(Boolean);
const text = `# The kernel API that guests have

packages/guest/scripts/kernel-api.js writes this page from the headers beside it. It lists what each header declares and, in the
header's own words, how that differs from the kernel's and why. Every function that is declared is implemented, in C
(packages/guest/lib) or by the machine (packages/kernel/src/api/functions); \`kasan functions\` lists the latter. With \`--kernel-tree\`,
guests have the API of that kernel instead: see docs/kernel-tree.md.

These differences hold everywhere:

- A machine has one CPU unless \`--cpus\` says otherwise. A task stays on the CPU that it was made for.
- Every task has a stack of its own. A task runs until it waits, sleeps or yields; nothing interrupts it. Timers, work and RCU callbacks
  run at those points.
- Time is virtual. It advances with kernel calls and delays, so that every run on one CPU is the same.
- Random numbers come from the machine's seed (\`--seed\`).
- Nothing is discarded after boot and nothing is patched: \`__init\` is empty, and static keys are variables.
- \`%p\` is hashed as in a kernel, with a key from the seed; \`--boot-param no_hash_pointers\` prints addresses. Extensions that show structures
  which are not here print their own name: \`(%pR?)\`.

${sections.join("\n\n")}
`;

if (process.argv.includes("--check")) {
  if (readFileSync(page, "utf8") !== text) {
    console.error("docs/kernel-api.md is not what the headers say; run: node packages/guest/scripts/kernel-api.js");
    process.exit(1);
  }
} else writeFileSync(page, text);
