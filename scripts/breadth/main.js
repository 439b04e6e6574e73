/**
 * How much of a kernel's source runs as it is: runs its self tests, loads the files of its lib/, and feeds its parsers.
 *
 *     npm run test:breadth -- --help
 */
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Argument, Command, InvalidArgumentError } from "commander";
import { runSets } from "./run.js";
import { findSets, inSample, KINDS } from "./sets.js";
import { asData, asText, resultLine } from "./table.js";

const EXAMPLES = `
Verdicts: pass; fails (a test case or the module does), reports (KASAN's or warnings), missing (something that nothing provides is
called), nocompile, stopped (it crashed), refused, hang, defect (kasan's own fault), absent (not in this source), skipped.

Examples:
  npm run test:breadth -- linux-6.12                            everything
  npm run test:breadth -- linux-6.12 suites --match '^lib/'     the self tests in lib/
  npm run test:breadth -- linux-6.12 lib parsers --jobs 1
  npm run test:breadth -- linux-6.12 --json all.json --out logs
  npm run test:breadth -- linux-6.12 --sample                   what CI runs; fails if a set of it does not pass

Exit codes: 0 done, 1 a set of the sample does not pass, 2 bad usage, 130 interrupted.
`;

const parseNumber = (text) => {
  if (!(Number(text) >= 1)) throw new InvalidArgumentError(`"${text}" is not a number from 1.`);
  return Number(text);
};

const parsePattern = (text) => {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(error.message);
  }
};

const program = new Command("test:breadth")
  .description(
    "Runs as much of a kernel's source as it can, and says what becomes of each part and what is missing most.",
  )
  .argument("<tree>", "the kernel's source")
  .addArgument(new Argument("[kinds...]", "what to run; all of it by default").choices(KINDS))
  .option("--match <pattern>", "only sets whose main file's path matches a regular expression", parsePattern)
  .option("--sample", "only the sets that CI runs; exit with 1 if one does not pass")
  .option("--jobs <n>", "runs at a time", parseNumber, availableParallelism())
  .option(
    "--timeout <seconds>",
    "how long a guest may run (60; some suites longer); compiling takes time besides",
    parseNumber,
  )
  .option("--auto-files <n>", "most files that a set may pull in; as many as kasan run allows by default", parseNumber)
  .option("--json <file>", "write the results as data")
  .option("--out <folder>", "keep logs in a folder; a new one by default")
  .addHelpText("after", EXAMPLES)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

const options = program.opts();
const [tree, kinds] = program.processedArgs;
const fail = (text) => program.error(`test:breadth: ${text}`);

if (!existsSync(join(tree, "include/linux/module.h"))) fail(`${tree} is not a kernel's source`);
if (!existsSync(join(import.meta.dirname, "../../apps/cli/dist/bin.js"))) fail("nothing is built; npm run build does");

const wanted = (set) => (!options.sample || inSample(set)) && (options.match?.test(set.name) ?? true);
const sets = findSets(tree, kinds.length > 0 ? kinds : KINDS).filter(wanted);
if (sets.length === 0) fail("no set is left to run");

const out = resolve(options.out ?? mkdtempSync(join(tmpdir(), "kasan-breadth-")));
mkdirSync(out, { recursive: true });

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
process.once("SIGTERM", () => interrupt.abort());

const results = [];
const settings = { ...options, tree: resolve(tree), out, signal: interrupt.signal };
await runSets(sets, settings, (result) => {
  results.push(result);
  console.log(resultLine(result));
});

console.log(asText(results));
if (interrupt.signal.aborted) console.log(`interrupted: ${results.length} of ${sets.length} sets were run`);
console.log(`logs: ${out}`);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ tree, ...asData(results) }, undefined, 2)}\n`);
if (interrupt.signal.aborted) process.exitCode = 130;
else if (options.sample && results.some(({ verdict }) => verdict !== "pass")) process.exitCode = 1;
