/**
 * Packs every package and checks the tarballs: publint, types (attw), and that each installs into an empty folder and
 * imports there. What a package depends on in this repository comes from its tarball too; nothing is published.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const folders = ["packages", "apps"].flatMap((parent) => readdirSync(parent).map((name) => resolve(parent, name)));
const work = mkdtempSync(join(tmpdir(), "kasan-packages-"));
const packages = folders.flatMap((folder) => {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // Private packages are built into the others.
  if (manifest.private) return [];
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", work], folder));
  return [{ folder, manifest, tarball: join(work, filename) }];
});
const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]));

/** The package and all that it depends on in this repository. */
function closure(entry, seen = new Map()) {
  if (seen.has(entry.manifest.name)) return seen;
  seen.set(entry.manifest.name, entry);
  for (const name of Object.keys(entry.manifest.dependencies ?? {}))
    if (byName.has(name)) closure(byName.get(name), seen);
  return seen;
}

let failed = 0;
for (const entry of packages) {
  const { name } = entry.manifest;
  try {
    run("npx", ["publint", "run", entry.tarball, "--strict"], ".");
    run("npx", ["attw", entry.tarball, "--profile", "esm-only", "--exclude-entrypoints", "run.schema.json"], ".");
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
    run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], home);
    const count = run("node", ["-e", `import("${name}").then((m) => console.log(Object.keys(m).length))`], home).trim();
    if (!(Number(count) > 0)) throw new Error(`exports nothing (${count})`);
    if (entry.manifest.bin) run("npx", ["--no-install", ...Object.keys(entry.manifest.bin), "--version"], home);
    console.log(`ok    ${name}: installs and imports alone, ${count} exports`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}: ${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
  }
}
rmSync(work, { recursive: true, force: true });
process.exit(failed > 0 ? 1 : 0);
