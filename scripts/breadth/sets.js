/** The sets of files that are run: the kernel's self tests, the files of lib/, and parsers. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PARSERS } from "./parsers.js";
import { SUITES } from "./suites.js";

/**
 * @typedef {"suites" | "lib" | "parsers"} Kind
 *
 * @typedef {object} RunSet
 * @property {Kind} kind
 * @property {string} name - its main file, relative to the top of the source
 * @property {string[]} files - what is compiled: files of the source, or files here by their absolute paths
 * @property {import("./suites.js").Suite} suite - what it needs, and what is expected
 * @property {boolean} kunit - whether a KUnit case must run
 * @property {string} [absent] - a file that this source does not have
 */

/** @type {readonly Kind[]} */
export const KINDS = ["suites", "lib", "parsers"];

/** Sets that CI runs: a few of each kind, which have most files that they need in common, so that little is compiled. */
const SAMPLE = new Set([
  "suites lib/list-test.c",
  "suites lib/hashtable_test.c",
  "suites lib/math/rational-test.c",
  "suites lib/test_hexdump.c",
  "suites lib/test_ida.c",
  "suites lib/test_sort.c",
  "lib lib/hexdump.c",
  "lib lib/sort.c",
  "lib lib/xarray.c",
  "parsers kernel/time/timeconv.c",
  "parsers kernel/bpf/tnum.c",
  "parsers kernel/params.c",
  "parsers lib/asn1_decoder.c",
]);

const EMPTY = join(import.meta.dirname, "empty.c");
const HARNESSES = join(import.meta.dirname, "parsers");

const KUNIT = /\bkunit_test_(?:init_section_)?suites?\b/;
/** Tests below lib/, which are suites or parts of them. */
const TEST =
  /kunit|_test\.c|-test\.c|\/test[_-][a-z0-9_]*\.c|selftest|benchmark|globtest|crc32test|\/test_fortify\/|\/raid6\/test\/|dhry/;
/** Programs of the build, as those that write tables. */
const HOST = /#include +<(?:stdio|stdlib|stdint|unistd|getopt|sys\/[a-z]+)\.h>/;

/** A kernel's source, as far as sets are looked for in it. */
class Source {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** @param {string} path */
  has(path) {
    return statSync(join(this.folder, path), { throwIfNoEntry: false }) !== undefined;
  }

  /** @param {string} path */
  text(path) {
    return readFileSync(join(this.folder, path), "latin1");
  }

  /** The C files below a folder. */
  below(folder) {
    const all = readdirSync(join(this.folder, folder), { recursive: true });
    return all
      .filter((path) => path.endsWith(".c"))
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
      .sort();
  }
}

/** @returns {RunSet} */
function suiteSet(source, name) {
  const suite = SUITES[name];
  const files = [...(suite.with ?? []), name];
  const absent = files.find((path) => !source.has(path));
  if (absent) return { kind: "suites", name, files, suite, kunit: false, absent };
  return { kind: "suites", name, files, suite, kunit: suite.kunit ?? KUNIT.test(source.text(name)) };
}

/** A file that is loaded beside a module that does nothing, or that calls it. @returns {RunSet} */
function loadedSet(source, kind, name, harness = EMPTY) {
  const absent = source.has(name) ? {} : { absent: name };
  return { kind, name, files: [name, harness], suite: {}, kunit: false, ...absent };
}

function libraryFiles(source) {
  return source.below("lib").filter((path) => {
    if (TEST.test(path)) return false;
    const text = source.text(path);
    return !HOST.test(text) || text.includes("__KERNEL__");
  });
}

const MAKERS = {
  suites: (source) => Object.keys(SUITES).map((name) => suiteSet(source, name)),
  lib: (source) => libraryFiles(source).map((name) => loadedSet(source, "lib", name)),
  parsers: (source) =>
    Object.entries(PARSERS).map(([name, { harness }]) =>
      loadedSet(source, "parsers", name, harness && join(HARNESSES, harness)),
    ),
};

/**
 * The sets of some kinds.
 *
 * @param {string} folder - a kernel's source
 * @param {readonly Kind[]} kinds
 * @returns {RunSet[]}
 */
export function findSets(folder, kinds) {
  const source = new Source(folder);
  return kinds.flatMap((kind) => MAKERS[kind](source));
}

/** Whether CI runs a set. @param {RunSet} set */
export const inSample = ({ kind, name }) => SAMPLE.has(`${kind} ${name}`);
