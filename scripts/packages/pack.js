import { execFile } from "node:child_process";
import { builtinModules } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { readManifest } from "./stage.js";

const execute = promisify(execFile);

/** Runs a program. @returns what it printed to standard output */
export const run = async (command, args, cwd, env = process.env) =>
  (await execute(command, args, { cwd, env, maxBuffer: 2 ** 26 })).stdout;

/** Runs a program to its end, however it ends. @returns its exit code, and all that it printed */
export async function outcome(command, args, cwd, env = process.env) {
  try {
    const { stdout, stderr } = await execute(command, args, { cwd, env, maxBuffer: 2 ** 26 });
    return { status: 0, output: stdout + stderr };
  } catch ({ code, stdout, stderr }) {
    return { status: code, output: stdout + stderr };
  }
}

/**
 * Packs folders.
 *
 * @returns each with its manifest, the tarball, and the paths in it
 */
export async function pack(folders, destination) {
  const args = ["pack", "--json", "--pack-destination", destination, ...folders.map((folder) => resolve(folder))];
  const packed = JSON.parse(await run("npm", args, "."));
  const byName = new Map(packed.map((one) => [one.name, one]));
  return folders.map((folder) => {
    const manifest = readManifest(folder);
    const { filename, files } = byName.get(manifest.name);
    return { folder, manifest, tarball: join(destination, filename), files: files.map(({ path }) => path) };
  });
}

/** Fields of a manifest without which a package's page in the registry leads nowhere, or nobody can tell who built it. */
const FIELDS = ["description", "license", "keywords", "homepage", "bugs", "repository", "engines"];

/** What must not be in a tarball: sources, tests, source maps. */
const STRAY = /(^|\/)(src|test)\/|\.map$|\.test\.|(?<!\.d)\.ts$/;

/** An import of a module of Node by its old name, which other runtimes do not know. */
const BARE = new RegExp(`\\bfrom "(${builtinModules.filter((name) => !name.startsWith("_")).join("|")})"`);

/** What is wrong with a tarball's contents, a line each. */
export function faults({ manifest, files }, read) {
  const wanted = ["LICENSE", "README.md", ...(manifest.version === "0.0.0" ? [] : ["CHANGELOG.md"])];
  return [
    ...wanted.filter((name) => !files.includes(name)).map((name) => `${name} is missing`),
    ...files.filter((name) => STRAY.test(name)).map((name) => `${name} is not for users`),
    ...FIELDS.filter((field) => !manifest[field]).map((field) => `the manifest has no ${field}`),
    ...(manifest.publishConfig?.provenance ? [] : ["it is published without provenance"]),
    ...(JSON.stringify(manifest).includes("@kasan/source") ? ["the manifest names sources"] : []),
    ...files
      .filter((name) => name.endsWith(".js"))
      .map((name) => [name, BARE.exec(read(name))])
      .filter(([, found]) => found)
      .map(([name, [, module]]) => `${name} imports ${module} without node:`),
  ];
}
