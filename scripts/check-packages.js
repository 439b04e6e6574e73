/**
 * Packs every package and checks the tarballs: publint, types (attw), and that each installs into an empty folder and
 * imports there. What a package depends on in this repository comes from its tarball too; nothing is published.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** Runs a program; what it printed. */
const run = async (command, args, cwd) => (await execute(command, args, { cwd, maxBuffer: 2 ** 26 })).stdout;
/** A program that this repository depends on: without npx, which takes as long as the program. */
const tool = (name) => resolve("node_modules/.bin", name);

const folders = ["packages", "apps"].flatMap((parent) => readdirSync(parent).map((name) => resolve(parent, name)));
const work = mkdtempSync(join(tmpdir(), "kasan-packages-"));
const manifests = folders
  .map((folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")))
  // Private packages are built into the others.
  .filter((manifest) => !manifest.private);
const which = manifests.flatMap(({ name }) => ["--workspace", name]);
const packed = JSON.parse(await run("npm", ["pack", "--json", "--pack-destination", work, ...which], "."));
const files = new Map(packed.map(({ name, filename }) => [name, filename]));
const packages = manifests.map((manifest) => ({ manifest, tarball: join(work, files.get(manifest.name)) }));
const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]));

/** The package and all that it depends on in this repository. */
function closure(entry, seen = new Map()) {
  if (seen.has(entry.manifest.name)) return seen;
  seen.set(entry.manifest.name, entry);
  for (const name of Object.keys(entry.manifest.dependencies ?? {}))
    if (byName.has(name)) closure(byName.get(name), seen);
  return seen;
}

/** Checks one package; how many names it exports. Throws what is wrong with it. */
async function check(entry) {
  const { name, bin } = entry.manifest;
  await run(tool("publint"), ["run", entry.tarball, "--strict"], ".");
  await run(tool("attw"), [entry.tarball, "--profile", "esm-only", "--exclude-entrypoints", "run.schema.json"], ".");
  const home = join(work, name.replace("/", "-"));
  mkdirSync(home, { recursive: true });
  const local = Object.fromEntries([...closure(entry)].map(([key, { tarball }]) => [key, `file:${tarball}`]));
  // The overrides make the tarballs' own versions of each other resolve to tarballs as well.
  const manifest = {
    name: "check",
    private: true,
    type: "module",
    dependencies: { [name]: local[name] },
    overrides: { ...local },
  };
  delete manifest.overrides[name];
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], home);
  const list = `import("${name}").then((m) => console.log(Object.keys(m).length))`;
  const count = (await run("node", ["-e", list], home)).trim();
  if (!(Number(count) > 0)) throw new Error(`exports nothing (${count})`);
  for (const command of Object.keys(bin ?? {})) await run("npx", ["--no-install", command, "--version"], home);
  return count;
}

let failed = 0;
const left = [...packages];
/** Checks what is left, one package after the other. */
async function checkAll() {
  for (let entry = left.shift(); entry; entry = left.shift()) {
    const { name } = entry.manifest;
    try {
      console.log(`ok    ${name}: installs and imports alone, ${await check(entry)} exports`);
    } catch (error) {
      failed++;
      console.log(`FAIL  ${name}: ${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
    }
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, checkAll));
rmSync(work, { recursive: true, force: true });
process.exit(failed > 0 ? 1 : 0);
