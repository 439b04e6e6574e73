/**
 * Packs every package and checks the tarballs: publint, types (attw), and that each installs into an empty folder and
 * imports there. What a package depends on in this repository comes from its tarball too; nothing is published.
 *
 * Then it installs the command and the plugins of `examples/plugins`, runs each command of docs/plugins.md, and runs a contract with
 * `node --test`.
 */
import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** Runs a program; what it printed. */
const run = async (command, args, cwd) => (await execute(command, args, { cwd, maxBuffer: 2 ** 26 })).stdout;
/** A program that this repository depends on; npx takes as long to start as it does to run. */
const tool = (name) => resolve("node_modules/.bin", name);

const work = mkdtempSync(join(tmpdir(), "kasan-packages-"));

/** Packs the packages in some folders that are published: private ones are built into the others. */
async function pack(parents, wanted = (manifest) => !manifest.private) {
  const entries = parents
    .flatMap((parent) => readdirSync(parent).map((name) => resolve(parent, name)))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }))
    .filter(({ manifest }) => wanted(manifest));
  const folders = entries.map(({ folder }) => folder);
  const packed = JSON.parse(await run("npm", ["pack", "--json", "--pack-destination", work, ...folders], "."));
  const files = new Map(packed.map(({ name, filename }) => [name, filename]));
  return entries.map((entry) => ({ ...entry, tarball: join(work, files.get(entry.manifest.name)) }));
}
const packages = await pack(["packages", "apps"]);
const examples = await pack(["examples/plugins"], () => true);
const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]));

/** The package and all that it depends on in this repository. */
function closure(entry, seen = new Map()) {
  if (seen.has(entry.manifest.name)) return seen;
  seen.set(entry.manifest.name, entry);
  for (const name of Object.keys(entry.manifest.dependencies ?? {}))
    if (byName.has(name)) closure(byName.get(name), seen);
  return seen;
}

/** A folder outside the repository, in which packages and all that they depend on are installed from tarballs. */
async function install(name, wanted, development = {}) {
  const home = join(work, name.replace("/", "-"));
  mkdirSync(home, { recursive: true });
  const seen = new Map();
  for (const entry of wanted) closure(entry, seen);
  const local = Object.fromEntries([...seen].map(([key, { tarball }]) => [key, `file:${tarball}`]));
  const dependencies = Object.fromEntries(wanted.map(({ manifest }) => [manifest.name, local[manifest.name]]));
  // The overrides make the tarballs' own versions of each other resolve to tarballs as well.
  const overrides = Object.fromEntries(Object.entries(local).filter(([key]) => !(key in dependencies)));
  const manifest = {
    name: "check",
    private: true,
    type: "module",
    dependencies,
    devDependencies: development,
    overrides,
  };
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], home);
  return home;
}

let failed = 0;
/** Does a check; what it returns is what is told of its success. */
async function check(name, body) {
  try {
    console.log(`ok    ${name}: ${await body()}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}: ${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
  }
}

/** Checks a package alone. */
const checkPackage = (entry) => {
  const { name, bin, exports } = entry.manifest;
  return check(name, async () => {
    await run(tool("publint"), ["run", entry.tarball, "--strict"], ".");
    await run(tool("attw"), [entry.tarball, "--profile", "esm-only"], ".");
    // A contract needs fast-check, which whoever does not test a plugin need not have.
    const contract = exports?.["./contract"] !== undefined;
    const home = await install(name, [entry]);
    const list = `import("${name}").then((m) => console.log(Object.keys(m).length))`;
    const count = (await run("node", ["-e", list], home)).trim();
    if (!(Number(count) > 0)) throw new Error(`exports nothing (${count})`);
    if (bin) await run("npx", ["--no-install", ...Object.keys(bin), "--version"], home);
    if (contract) lacksFastCheck(`${name}/contract`, home);
    return `installs and imports alone, ${count} exports`;
  });
};

const left = [...packages];
/** Checks what is left, one package after the other. */
async function checkPackages() {
  for (let entry = left.shift(); entry; entry = left.shift()) await checkPackage(entry);
}
await Promise.all(Array.from({ length: availableParallelism() }, checkPackages));

/** Says that a contract, imported where fast-check is not installed, names it. */
function lacksFastCheck(name, home) {
  const { status, stderr } = spawnSync("node", ["-e", `import("${name}")`], { cwd: home, encoding: "utf8" });
  if (status === 0 || !stderr.includes("'fast-check'"))
    throw new Error(`${name} does not ask for fast-check\n${stderr}`);
}

const FAST_CHECK = { "fast-check": JSON.parse(readFileSync("package.json", "utf8")).devDependencies["fast-check"] };
const plugins = await install("plugins", [byName.get("@kasan/cli"), ...examples], FAST_CHECK);
copyFileSync("examples/vmalloc_out_of_bounds.c", join(plugins, "bug.c"));

for (const { command, lines, code } of commandsOf("docs/plugins.md")) {
  await check(command, () => {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", `npx --no-install ${command}`], {
      cwd: plugins,
      encoding: "utf8",
    });
    const output = stdout + stderr;
    if (status !== code) throw new Error(`exit code ${status}, not ${code}\n${output}`);
    const missing = lines.filter((line) => !output.includes(line));
    if (missing.length > 0) throw new Error(`prints no "${missing.join('", "')}" but\n${output}`);
    return `exit code ${code}`;
  });
}

/** The commands of a page, each with the lines that it prints, of which the page may show a part, and its exit code. */
function commandsOf(page) {
  const blocks = [...readFileSync(page, "utf8").matchAll(/^```console\n(.*?)^```$/gms)].map(([, block]) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command, ...rest] = part.trimEnd().split("\n");
        const codes = rest.filter((line) => line.startsWith("exit code "));
        const lines = rest.filter((line) => !codes.includes(line));
        return { command, lines, code: Number(codes[0]?.slice("exit code ".length) ?? 0) };
      }),
  );
}

await check("a contract under node --test", async () => {
  // Tests in node_modules are not looked for, but run if they are named.
  const file = join("node_modules", "kasan-example-ppc32", "contract.test.js");
  const output = await run("node", ["--test", "--test-reporter", "tap", file], plugins);
  const [passed, skipped] = ["pass", "skipped"].map((what) =>
    Number(new RegExp(`^# ${what} (\\d+)`, "m").exec(output)?.[1]),
  );
  if (!(passed > 20 && skipped > 0)) throw new Error(`${passed} passed, ${skipped} skipped\n${output}`);
  return `${passed} passed, ${skipped} skipped`;
});

rmSync(work, { recursive: true, force: true });
process.exit(failed > 0 ? 1 : 0);
