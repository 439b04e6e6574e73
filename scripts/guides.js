/**
 * Runs the commands of docs/guides and writes what they print, below each, so that what the pages show is true.
 *
 *     node scripts/guides.js            writes
 *     node scripts/guides.js --check    fails if a page shows something else
 *
 * A block whose language has the name of a file behind it (```c ring.c) is written to that file first. A `console` block has commands
 * behind `$`, each with its output. All commands of a page run in one folder, in order. Uses the built command.
 */
import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, "docs/guides");
const BLOCK = /^```(\w+)(?: (\S+))?\n(.*?)^```$/gms;

/** The guides' files. */
export const guides = () =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".md"))
    .sort();

/** A dump that guides ask: of a kernel after its KASAN tests, as parts of it are with the tests. */
const DUMP = join(ROOT, "packages/image/test/riscv64-kernel.elf.zst");

/** A folder in which `kasan` is a command, plugins find the packages, and `vmcore.zst` is a dump. */
function prepare() {
  const folder = mkdtempSync(join(tmpdir(), "kasan-guide-"));
  const bin = join(folder, ".bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "kasan"),
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "apps/cli/dist/bin.js")}" "$@"\n`,
  );
  chmodSync(join(bin, "kasan"), 0o755);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  symlinkSync(DUMP, join(folder, "vmcore.zst"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  return { folder, env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: "1" } };
}

/** What a command prints, with its exit code if that is not 0. */
function output(command, { folder, env }) {
  return new Promise((done) => {
    const options = { cwd: folder, env, maxBuffer: 2 ** 26 };
    // In a pipe, what goes to standard error comes before or after what the last command prints.
    const shell = command.includes("|") ? command : `{ ${command}; } 2>&1`;
    execFile("sh", ["-c", shell], options, (error, stdout) => {
      const text = stdout === "" || stdout.endsWith("\n") ? stdout : `${stdout}\n`;
      done(error ? `${text}exit code ${error.code}\n` : text);
    });
  });
}

/** A guide with what its commands print now. */
export async function guide(name) {
  const text = readFileSync(join(FOLDER, name), "utf8");
  const place = prepare();
  let result = "";
  let at = 0;
  try {
    for (const { 0: whole, 1: language, 2: file, 3: body, index } of text.matchAll(BLOCK)) {
      let block = whole;
      if (file !== undefined) writeFileSync(join(place.folder, file), body);
      if (language === "console") {
        block = "```console\n";
        for (const [, command] of body.matchAll(/^\$ (.*)$/gm))
          block += `$ ${command}\n${await output(command, place)}`;
        block += "```";
      }
      result += text.slice(at, index) + block;
      at = index + whole.length;
    }
  } finally {
    rmSync(place.folder, { recursive: true, force: true });
  }
  return { now: result + text.slice(at), shown: text };
}

if (import.meta.filename === process.argv[1]) {
  for (const name of guides()) {
    const { now, shown } = await guide(name);
    if (now === shown) continue;
    if (process.argv.includes("--check")) {
      console.error(`docs/guides/${name} is not up to date: node scripts/guides.js writes it`);
      process.exitCode = 1;
    } else writeFileSync(join(FOLDER, name), now);
  }
}
