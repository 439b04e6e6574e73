/**
 * Checks the types of the examples in the packages' README files, as strictly as those who copy them may: with `strict`,
 * `exactOptionalPropertyTypes` and `noUncheckedIndexedAccess`.
 *
 *     node scripts/readme-types.js
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { readmeExample } from "./packages/readme.js";

const ROOT = join(import.meta.dirname, "..");
const PACKAGES = join(ROOT, "packages");

/** The examples, each as a file of its package that is not on the disk: imports mean what they mean there. */
const examples = new Map(
  readdirSync(PACKAGES)
    .map((name) => join(PACKAGES, name))
    .filter((folder) => existsSync(join(folder, "README.md")))
    .map((folder) => [join(folder, "readme-example.ts"), readmeExample(folder).code]),
);

const { config } = ts.readConfigFile(join(ROOT, "tsconfig.base.json"), ts.sys.readFile);
const options = {
  ...ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
};
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (file) => examples.has(file) || fileExists(file);
host.readFile = (file) => examples.get(file) ?? readFile(file);
host.getSourceFile = (file, language, ...rest) =>
  examples.has(file)
    ? ts.createSourceFile(file, examples.get(file), language, true)
    : getSourceFile(file, language, ...rest);

const program = ts.createProgram([...examples.keys()], options, host);
const wrong = [...examples.keys()].flatMap((file) => {
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
});
if (wrong.length > 0) {
  console.error(ts.formatDiagnostics(wrong, { ...host, getNewLine: () => "\n" }));
  process.exitCode = 1;
}
