/**
 * Lays out what is published of each package in its folder `publish/`, which `publishConfig.directory` names: what the manifest lists as
 * files, the license and the changelog. The manifest is without what only this repository uses.
 *
 *     node scripts/packages/stage.js
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** The export condition that leads to sources. A bundler that sets it as well would look for files that are not published. */
const SOURCE = "@kasan/source";

/** The folders of the packages that are published, each with its manifest. Private ones are built into the others. */
export const publicPackages = () =>
  ["packages", "apps"]
    .flatMap((parent) => readdirSync(join(ROOT, parent)).map((name) => join(ROOT, parent, name)))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => !manifest.private);

/** The manifest of a package. */
export const readManifest = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Pages of the manual that a package's build made: npm finds them where a package is installed for all if the manifest names each. */
function manualOf(folder) {
  const pages = "dist/man";
  return existsSync(join(folder, pages))
    ? { man: readdirSync(join(folder, pages)).map((name) => `./${pages}/${name}`) }
    : {};
}

/** The manifest as it is published. */
function published(folder, { scripts, devDependencies, publishConfig, imports, exports, files, ...rest }, extra) {
  const { directory, ...config } = publishConfig;
  const conditions = Object.entries(exports).map(([entry, target]) => {
    const { [SOURCE]: _, ...others } = typeof target === "string" ? {} : target;
    return [entry, typeof target === "string" ? target : others];
  });
  const parts = { exports: Object.fromEntries(conditions), files: [...files, ...extra], publishConfig: config };
  return { ...rest, ...manualOf(folder), ...parts };
}

/** Lays out one package. @returns the folder */
function stage({ folder, manifest }) {
  const out = join(folder, manifest.publishConfig.directory);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const changelog = existsSync(join(folder, "CHANGELOG.md")) ? ["CHANGELOG.md"] : [];
  for (const name of ["README.md", ...manifest.files, ...changelog])
    cpSync(join(folder, name), join(out, name), { recursive: true });
  cpSync(join(ROOT, "LICENSE"), join(out, "LICENSE"));
  writeFileSync(join(out, "package.json"), `${JSON.stringify(published(folder, manifest, changelog), null, 2)}\n`);
  return out;
}

/** Lays out all packages. @returns each with the folder that is published */
export const stagePackages = () => publicPackages().map((entry) => ({ ...entry, staged: stage(entry) }));

if (import.meta.filename === process.argv[1]) stagePackages();
