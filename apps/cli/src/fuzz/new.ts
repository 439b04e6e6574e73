import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { GuestError } from "@kasan/guest";
import { fileReason } from "@kasan/shadow";
import type { FuzzFlags } from "../commands/fuzz.ts";
import { ExitCode } from "../exit-codes.ts";
import { writeWhole } from "../output.ts";
import { shellWord } from "../shell-word.ts";
import { functionOf } from "./c-function.ts";
import { harnessOf } from "./harness.ts";
import { codeOf } from "./source-targets.ts";
import type { Teller } from "./teller.ts";

/** `PATH/file.c:function`. */
const PLACE = /^(.+\.c):([A-Za-z_]\w*)$/;

/** Writes a harness for a function. @throws GuestError `BAD_INPUT` for a function that there is not */
export async function writeHarness(place: string, flags: FuzzFlags, teller: Teller): Promise<number> {
  const [, file, name] = PLACE.exec(place) ?? [];
  if (file === undefined) throw new GuestError("BAD_INPUT", `--new ${place}: write PATH/file.c:function`);
  if (flags.output !== undefined && !flags.force && isFile(flags.output)) {
    throw new GuestError("BAD_INPUT", `${flags.output} is there already: give another name, or --force`);
  }
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    throw new GuestError("BAD_INPUT", `${file} cannot be read: ${fileReason(error)}`);
  });
  const target = functionOf(source, name);
  if (!target) throw new GuestError("BAD_INPUT", `${file} has no definition of a function ${name}()`);
  const folder = dirname(file);
  const tree = flags.kernelTree ?? treeOf(folder);
  const all = headersOf(source);
  const shared = all.filter((header) => header.startsWith("<"));
  // A file's own headers may be a part of it, as tables are.
  const isShared = isDeclared(name, shared, folder, tree);
  const headers = isShared ? shared : all;
  const quoted = target.isStatic || headers.some((header) => header.startsWith('"'));
  const harness = flags.output ?? `${name}_fuzz.c`;
  const command = [
    "kasan",
    "fuzz",
    harness,
    ...(target.isStatic ? [] : [file]),
    ...(tree === undefined ? [] : ["--kernel-tree", tree]),
    ...(quoted ? ["-I", folder] : []),
  ]
    .map(shellWord)
    .join(" ");
  const text = harnessOf({
    target,
    file: tree === undefined ? file : relative(resolve(tree), resolve(file)),
    headers,
    sourceFile: `"${basename(file)}"`,
    isDeclared: isShared || isDeclared(name, headers, folder, tree),
    command,
  });
  if (flags.output === undefined) teller.out(text);
  else await writeWhole(flags.output, text);
  return ExitCode.clean;
}

/** Devices are written to. */
const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The top of the kernel's source that a folder is in. */
function treeOf(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, "Kbuild")) && existsSync(join(at, "include/linux"))) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** The headers that a file includes in any configuration, as it writes them. */
function headersOf(source: string): string[] {
  const headers = new Set<string>();
  let depth = 0;
  for (const line of source.split("\n")) {
    const [, directive, header] = /^[ \t]*#[ \t]*(if|endif|include)\w*[ \t]*((?:<[^>]+>|"[^"]+")?)/.exec(line) ?? [];
    if (directive === "if") depth++;
    if (directive === "endif") depth--;
    if (directive === "include" && depth === 0 && /\.h[>"]$/.test(header)) headers.add(header);
  }
  return [...headers];
}

/** Whether a header that a file includes names a function. */
function isDeclared(name: string, headers: readonly string[], folder: string, tree: string | undefined): boolean {
  const places = [folder, ...(tree === undefined ? [] : [join(tree, "include"), join(tree, "include/uapi")])];
  const named = new RegExp(`\\b${name}\\s*\\(`);
  return headers
    .map((header) => header.slice(1, -1))
    .flatMap((header) => places.map((place) => join(place, header)))
    .some((path) => existsSync(path) && named.test(codeOf(readFileSync(path, "utf8"))));
}
