/**
 * Packs what is published of every package and checks the tarballs: what is in them, publint, types (attw). A registry on this machine
 * serves them. Each is installed from it into an empty folder as its README says, with nothing to be found but what was asked for, and
 * the README's example runs there, on the oldest Node that is supported and on newer ones.
 *
 * Then `npx @kasan/cli run` runs in a folder that has only a C file; the command runs without its optional packages; each command of
 * docs/plugins.md runs with the plugins of `examples/plugins`; and a contract runs with `node --test`.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { judged } from "./packages/judge.js";
import { faults, outcome, pack, run } from "./packages/pack.js";
import { commandsOf, readmeExample } from "./packages/readme.js";
import { startRegistry } from "./packages/registry.js";
import { stagePackages } from "./packages/stage.js";

/** The oldest Node of `engines`, and those that came after it. */
const NODES = ["20.19", "22", "24"];

/** A program that this repository depends on; npx takes as long to start as it does to run. */
const tool = (name) => resolve("node_modules/.bin", name);

const work = mkdtempSync(join(tmpdir(), "kasan-packages-"));
const packages = (
  await pack(
    stagePackages().map(({ staged }) => staged),
    work,
  )
).map((entry) => ({
  ...entry,
  source: resolve(entry.folder, ".."),
}));
const plugins = await pack(
  readdirSync("examples/plugins").map((name) => join("examples/plugins", name)),
  work,
);
const registry = await startRegistry(packages);

/** npm here takes the scope from the registry of this run, and everything else from where it always does. */
const ENVIRONMENT = {
  ...process.env,
  "npm_config_@kasan:registry": registry.origin,
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
};

/** An empty folder outside the repository. */
function emptyFolder(name) {
  const home = join(work, name.replace("/", "-"));
  mkdirSync(home, { recursive: true });
  return home;
}

/** A folder outside the repository in which packages are installed. */
async function install(name, wanted, flags = []) {
  const home = emptyFolder(name);
  writeFileSync(join(home, "package.json"), JSON.stringify({ name: "check", private: true, type: "module" }));
  await run("npm", ["install", ...flags, ...wanted], home, ENVIRONMENT);
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

/** Installs each Node. @returns their programs, by version */
async function installNodes() {
  // What the package `node` installs by a script, which npm need not run.
  const platform = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const programs = NODES.map(async (version) => {
    const home = await install(`node-${version}`, [`${platform}@${version}`]);
    return [version, join(home, "node_modules", platform, "bin", "node")];
  });
  return new Map(await Promise.all(programs));
}
const nodes = await installNodes();

/** Checks a package alone. */
const checkPackage = (entry) => {
  const { name, exports } = entry.manifest;
  return check(name, async () => {
    const wrong = faults(entry, (file) => readFileSync(join(entry.folder, file), "utf8"));
    wrong.push(...(await judged(entry.tarball, entry.folder, entry.manifest)));
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
    if (name === "@kasan/cli") return "holds what it should";
    const { code, expected, packages: wanted } = readmeExample(entry.source);
    // Packages lie apart, as pnpm puts them: each finds only what it depends on.
    const home = await install(name, wanted, ["--install-strategy=linked"]);
    writeFileSync(join(home, "example.js"), withoutTypes(code));
    for (const [version, node] of nodes) {
      const output = await run(node, ["example.js"], home);
      if (output !== expected) throw new Error(`on Node ${version} its example prints\n${output}`);
    }
    await checkTypes(name, exports, home);
    // A contract needs fast-check, which whoever does not test a plugin need not have.
    if (exports["./contract"] !== undefined) await lacksFastCheck(`${name}/contract`, home);
    return `its example runs on Node ${NODES.join(", ")}`;
  });
};

/** JavaScript of TypeScript. */
function withoutTypes(code) {
  const { ES2022: target, ESNext: module } = { ...ts.ScriptTarget, ...ts.ModuleKind };
  return ts.transpileModule(code, { compilerOptions: { target, module, verbatimModuleSyntax: true } }).outputText;
}

/** Compiles a use of all that a package exports, types of others included, where there are no types of Node. */
async function checkTypes(name, exports, home) {
  const entries = Object.entries(exports).filter(([, target]) => target.types !== undefined);
  const names = entries.map(([entry]) => name + entry.slice(1)).filter((entry) => !entry.endsWith("/contract"));
  writeFileSync(join(home, "use.ts"), names.map((entry) => `export * from "${entry}";\n`).join(""));
  const flags = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"];
  await run(tool("tsc"), [...flags, "use.ts"], home);
}

const left = [...packages];
/** Checks what is left, one package after the other. */
async function checkPackages() {
  for (let entry = left.shift(); entry; entry = left.shift()) await checkPackage(entry);
}
await Promise.all(Array.from({ length: availableParallelism() }, checkPackages));

/** Says that a contract, imported where fast-check is not installed, names it. */
async function lacksFastCheck(name, home) {
  const { status, output } = await outcome("node", ["-e", `import("${name}")`], home);
  if (status === 0 || !output.includes("'fast-check'"))
    throw new Error(`${name} does not ask for fast-check\n${output}`);
}

await check("npx @kasan/cli run bug.c, where there is nothing else", async () => {
  const home = emptyFolder("npx");
  copyFileSync("examples/slab_use_after_free.c", join(home, "bug.c"));
  // What npx installs must not outlive this run; what npm has fetched before may serve.
  const cache = emptyFolder("npx-cache");
  symlinkSync(join((await run("npm", ["config", "get", "cache"], ".")).trim(), "_cacache"), join(cache, "_cacache"));
  const env = {
    ...ENVIRONMENT,
    npm_config_cache: cache,
    KASAN_CACHE_DIR: join(cache, "kasan"),
    npm_config_yes: "true",
  };
  const began = Date.now();
  const { status, output } = await outcome("npx", ["@kasan/cli", "run", "bug.c"], home, env);
  const report = /BUG: KASAN: slab-use-after-free in .*\bbug\.c:\d+/.test(output);
  if (status !== 1 || !report) throw new Error(`exit code ${status}\n${output}`);
  return `a report with source lines, after ${Math.round((Date.now() - began) / 1000)} s`;
});

await check("the command installed for all: its manual, and a new module", async () => {
  const prefix = emptyFolder("global");
  await run("npm", ["install", "--global", "--prefix", prefix, "@kasan/cli"], prefix, ENVIRONMENT);
  const env = {
    ...ENVIRONMENT,
    PATH: `${join(prefix, "bin")}:${process.env.PATH}`,
    KASAN_CACHE_DIR: join(prefix, "cache"),
  };
  const doctor = await outcome("kasan", ["doctor"], prefix, env);
  if (doctor.status !== 0 || !doctor.output.includes("KASAN found its bug")) throw new Error(doctor.output);
  await run("kasan", ["init", "ring"], prefix, env);
  const { status, output } = await outcome("npm", ["test"], join(prefix, "ring"), env);
  if (status !== 1 || !output.includes("BUG: KASAN: slab-out-of-bounds in ring_put")) throw new Error(output);
  return `${readdirSync(join(prefix, "share", "man", "man1")).length} pages of the manual`;
});

const FAST_CHECK = `fast-check@${JSON.parse(readFileSync("package.json", "utf8")).devDependencies["fast-check"]}`;
const home = await install("plugins", ["@kasan/cli", FAST_CHECK, ...plugins.map(({ tarball }) => tarball)]);
copyFileSync("examples/vmalloc_out_of_bounds.c", join(home, "bug.c"));
copyFileSync("examples/slab_use_after_free.c", join(home, "freed.c"));

for (const { command, lines, code } of commandsOf("docs/plugins.md")) {
  await check(command, async () => {
    const { status, output } = await outcome("sh", ["-c", `npx --no-install ${command}`], home);
    if (status !== code) throw new Error(`exit code ${status}, not ${code}\n${output}`);
    const missing = lines.filter((line) => !output.includes(line));
    if (missing.length > 0) throw new Error(`prints no "${missing.join('", "')}" but\n${output}`);
    return `exit code ${code}`;
  });
}

/** Runs commands, each with the exit code that it should have and what it should say. @returns how many there were */
async function runCommands(node, home, commands) {
  const bin = join("node_modules", "@kasan", "cli", "bin", "kasan.js");
  // Nothing that was compiled before may stand in for the compiler.
  const env = { ...process.env, KASAN_CACHE_DIR: join(home, "cache") };
  for (const { args, status, says } of commands) {
    const found = await outcome(node, [bin, ...args], home, env);
    if (found.status !== status || !found.output.includes(says))
      throw new Error(`kasan ${args.join(" ")}: exit code ${found.status}, not ${status}\n${found.output}`);
  }
  return `${commands.length} commands`;
}

await check("kasan without its optional packages reads reports, and says what the rest needs", async () => {
  const small = await install("small", ["@kasan/cli"], ["--omit=optional"]);
  const [bug, log] = [".c", ".txt"].map((ending) => resolve(`examples/slab_use_after_free${ending}`));
  await runCommands("node", small, [
    { args: ["explain", log], status: 1, says: "use-after-free" },
    { args: ["run", bug], status: 2, says: "npm install @yowasp/clang@" },
    { args: ["triage", log, "-o", "out"], status: 2, says: "npm install libsql@" },
  ]);
  const [less, all] = await Promise.all([small, home].map(megabytes));
  return `${less} MB instead of ${all}`;
});

/** What is installed in a folder takes so much of the disk. */
async function megabytes(folder) {
  return Math.round(Number.parseInt(await run("du", ["-sk", "node_modules"], folder), 10) / 1024);
}

for (const [version, node] of nodes) {
  await check(`kasan on Node ${version}`, () =>
    // Its threads, its compiler, its database: what differs most between versions of Node.
    runCommands(node, home, [
      { args: ["run", "bug.c", "--cpus", "2"], status: 1, says: "BUG: KASAN: vmalloc-out-of-bounds" },
      { args: ["run", "freed.c", "--arch", "arm64", "--mode", "hw_tags"], status: 1, says: "freed.c:" },
      { args: ["triage", resolve("examples/double_free.txt"), "-o", `out-${version}`], status: 1, says: "1 bug" },
      { args: ["check", "lazy", "--bounds", "2x1"], status: 0, says: "lazy" },
    ]),
  );
}

await check("a contract under node --test", async () => {
  // Tests in node_modules are not looked for, but run if they are named.
  const file = join("node_modules", "kasan-example-ppc32", "contract.test.js");
  const output = await run("node", ["--test", "--test-reporter", "tap", file], home);
  const [passed, skipped] = ["pass", "skipped"].map((what) =>
    Number(new RegExp(`^# ${what} (\\d+)`, "m").exec(output)?.[1]),
  );
  if (!(passed > 20 && skipped > 0)) throw new Error(`${passed} passed, ${skipped} skipped\n${output}`);
  return `${passed} passed, ${skipped} skipped`;
});

registry.close();
rmSync(work, { recursive: true, force: true });
process.exit(failed > 0 ? 1 : 0);
