/** Runs sets, each as a process of its own. */
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { breadthConfig } from "./config.js";
import { judge } from "./judge.js";

const KASAN = join(import.meta.dirname, "../../apps/cli/dist/bin.js");

/** How long a guest may run, unless its suite needs more. */
const GUEST_SECONDS = 60;

/** How long a run may take beyond its guest's time for a file that may be compiled in, when nothing is in the cache. */
const COMPILE_SECONDS = 7.5;

/** The most files that are compiled in unless a set says something else: that of `kasan run`. */
const AUTO_FILES = 40;

/**
 * @typedef {object} Settings
 * @property {string} tree - a kernel's source
 * @property {string} out - a folder for logs
 * @property {number} jobs - how many runs at a time
 * @property {number} [timeout] - seconds that a guest may run
 * @property {number} [autoFiles] - most files that are pulled in for a set
 * @property {AbortSignal} signal - ends all runs
 *
 * @typedef {import("./judge.js").Judgement & { kind: import("./sets.js").Kind, name: string, seconds: number }} Result
 */

/**
 * Runs sets, some at a time.
 *
 * @param {readonly import("./sets.js").RunSet[]} sets
 * @param {Settings} settings
 * @param {(result: Result) => void} done - called with each result, as it is there
 */
export async function runSets(sets, settings, done) {
  const waiting = [...sets];
  const work = async () => {
    for (let set = waiting.shift(); set && !settings.signal.aborted; set = waiting.shift()) {
      const result = await resultOf(set, settings);
      if (result) done(result);
    }
  };
  await Promise.all(Array.from({ length: settings.jobs }, work));
}

/** @returns {Promise<Result | undefined>} undefined: the run was ended with all others */
async function resultOf(set, settings) {
  const { kind, name, suite, absent } = set;
  if (absent) return { kind, name, verdict: "absent", reason: `${absent} is not in the source`, seconds: 0 };
  if (suite.skip) return { kind, name, verdict: "skipped", reason: suite.skip, seconds: 0 };
  const start = performance.now();
  const outcome = await runSet(set, settings);
  if (settings.signal.aborted) return undefined;
  return { kind, name, ...judge(set, outcome), seconds: (performance.now() - start) / 1000 };
}

/** @returns {Promise<import("./judge.js").Outcome>} */
async function runSet(set, settings) {
  const file = join(settings.out, `${set.kind}-${set.name.replaceAll("/", "_")}`);
  const seconds = settings.timeout ?? set.suite.seconds ?? GUEST_SECONDS;
  const json = `${file}.json`;
  const config = `${file}.config`;
  writeFileSync(json, "");
  writeFileSync(config, breadthConfig(set.suite.config));
  const words = [
    ...commandFor(set, settings),
    "--config",
    config,
    "--timeout",
    seconds,
    "--format",
    "json",
    "--list-missing",
    "-o",
    json,
  ];
  const limit = seconds + COMPILE_SECONDS * (settings.autoFiles ?? set.suite.autoFiles ?? AUTO_FILES);
  const ended = await execute(words.map(String), limit * 1000, settings.signal);
  const output = parsed(readFileSync(json, "utf8"));
  writeFileSync(`${file}.log`, logText(words, ended.errors, output));
  return { ...ended, output };
}

function commandFor({ files, suite }, { tree, out, autoFiles }) {
  const options = (flag, values = []) => values.flatMap((value) => [flag, value]);
  const option = (flag, value) => (value === undefined ? [] : [flag, value]);
  return [
    ...["run", ...files.map((path) => located(path, tree, out))],
    ...["--kernel-tree", tree],
    ...options(
      "-I",
      suite.include?.map((folder) => join(tree, folder)),
    ),
    ...options("--builtin", suite.builtin),
    ...options("-D", suite.define),
    ...options("--replace", suite.replace),
    ...options("--param", suite.params),
    ...options("--boot-param", suite.boot),
    ...option("--cpus", suite.cpus),
    ...option("--memory", suite.memory),
    ...option("--stay", suite.stay),
    ...option("--call", suite.call),
    ...option("--auto-files", autoFiles ?? suite.autoFiles),
  ];
}

/** Where a file is. The build renames files that are shipped as they are: they are copied. */
function located(path, tree, out) {
  if (isAbsolute(path)) return path;
  if (!path.endsWith("_shipped")) return join(tree, path);
  const copy = join(out, basename(path, "_shipped"));
  copyFileSync(join(tree, path), copy);
  return copy;
}

/** Runs the command. It is ended after some time, or if the signal says so. */
function execute(words, milliseconds, signal) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [KASAN, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    let late = false;
    const end = () => child.kill("SIGKILL");
    const timer = setTimeout(() => {
      late = true;
      end();
    }, milliseconds);
    signal.addEventListener("abort", end, { once: true });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
    });
    child.on("error", (error) => {
      errors += `${error}\n`;
    });
    child.on("close", (code, killedBy) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve({ code, signal: killedBy, late, errors });
    });
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const logText = (words, errors, output) =>
  `kasan ${words.join(" ")}\n${(output?.log ?? []).map((line) => `${line}\n`).join("")}${errors}`;
