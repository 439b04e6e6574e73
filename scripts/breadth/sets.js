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

/** What files of lib/ need beside them: they ask for it by name when they run, or it is part of their module. */
const LIBRARY_WITH = {
  "lib/digsig.c": ["crypto/sha1_generic.c"],
  "lib/libcrc32c.c": ["crypto/crc32c_generic.c"],
  "lib/memory-notifier-error-inject.c": ["lib/notifier-error-inject.c"],
  "lib/netdev-notifier-error-inject.c": ["lib/notifier-error-inject.c"],
  "lib/of-reconfig-notifier-error-inject.c": ["lib/notifier-error-inject.c"],
  "lib/pm-notifier-error-inject.c": ["lib/notifier-error-inject.c"],
};

/** Files of lib/ that are not loaded, and why: no kernel for x86-64 has them, or the machine cannot. */
const LIBRARY_SKIPPED = [
  [
    /^lib\/raid6\/(?:neon|recov_neon|recov_s390|loongarch|recov_loongarch|recov_rvv|rvv|altivec|vpermxor)/,
    "another processor's",
  ],
  [/^lib\/zlib_dfltcc\//, "another processor's: CONFIG_ZLIB_DFLTCC depends on S390"],
  [/^lib\/raid6\/(?:sse2|avx2|recov_ssse3|recov_avx2)\.c$/, "x86's instructions in assembly"],
  [/^lib\/raid6\/mktables\.c$/, "a program of the build"],
  [/^lib\/reed_solomon\/(?:de|en)code_rs\.c$/, "part of lib/reed_solomon/reed_solomon.c, which includes it"],
  [/^lib\/inflate\.c$/, "part of other architectures' boot, which include it"],
  [/^lib\/vdso\//, "part of an architecture's vDSO, which includes it"],
  [/^lib\/compat_audit\.c$/, "CONFIG_AUDIT_COMPAT_GENERIC: x86 has its own"],
  [/^lib\/logic_iomem\.c$/, "CONFIG_INDIRECT_IOMEM: only User Mode Linux has it"],
  [/^lib\/(?:alloc_tag|codetag)\.c$/, "CONFIG_MEM_ALLOC_PROFILING depends on PROC_FS, which the machine does not have"],
  [/^lib\/bug\.c$/, "CONFIG_GENERIC_BUG: the machine reports warnings itself, without a table of them"],
  [/^lib\/error-inject\.c$/, "CONFIG_FUNCTION_ERROR_INJECTION depends on KPROBES, which change code"],
  [/^lib\/smp_processor_id\.c$/, "CONFIG_DEBUG_PREEMPT: the machine is not preemptible"],
];

/** A kernel's source, as far as sets are looked for in it. */
class Source {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
    /** @type {Map<string, string[]>} */
    this.known = new Map();
  }

  /** @param {string} path */
  has(path) {
    return statSync(join(this.folder, path), { throwIfNoEntry: false }) !== undefined;
  }

  /** @param {string} path */
  text(path) {
    return readFileSync(join(this.folder, path), "latin1");
  }

  /** Its version: `6.12`. */
  version() {
    const number = (name) => new RegExp(`^${name} *= *(\\d+)`, "m").exec(this.text("Makefile"))?.[1];
    return `${number("VERSION")}.${number("PATCHLEVEL")}`;
  }

  /** Where a file is: versions of the kernel move some of them to another folder, as to `lib/tests`. Its path itself if it is nowhere. */
  place(path) {
    if (this.has(path)) return path;
    const [top] = path.split("/");
    const name = path.slice(path.lastIndexOf("/"));
    const moved = this.has(top) ? this.filesOf(top).filter((other) => other.endsWith(name)) : [];
    return moved.length === 1 ? moved[0] : path;
  }

  /** The C files below a folder, which are looked for once. */
  filesOf(folder) {
    const known = this.known.get(folder) ?? this.below(folder);
    this.known.set(folder, known);
    return known;
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

/** The version that the suites' numbers of cases are of. Others have more cases, or fewer. */
const COUNTED = "6.12";

/** @returns {RunSet} */
function suiteSet(source, name) {
  const { passed, skipped, ...others } = SUITES[name];
  const suite = source.version() === COUNTED ? SUITES[name] : others;
  const place = source.place(name);
  const beside = (suite.with ?? []).map((path) => source.place(path));
  const own = suite.builtin?.includes(name) ? [] : [suite.module ?? place];
  const files = [...beside, ...own];
  const absent = [...beside, place].find((path) => !source.has(path));
  if (absent) return { kind: "suites", name, files, suite, kunit: false, absent };
  return { kind: "suites", name, files, suite, kunit: suite.kunit ?? KUNIT.test(source.text(place)) };
}

/** A file that is loaded beside a module that does nothing, or that calls it. @returns {RunSet} */
function loadedSet(source, kind, name, { harness = EMPTY, beside = [], skip } = {}) {
  const files = [...beside, name];
  const absent = files.find((path) => !source.has(path));
  return {
    kind,
    name,
    files: [...files, harness],
    suite: skip ? { skip } : {},
    kunit: false,
    ...(absent && { absent }),
  };
}

function librarySet(source, name) {
  const skip = LIBRARY_SKIPPED.find(([files]) => files.test(name))?.[1];
  return loadedSet(source, "lib", name, { beside: LIBRARY_WITH[name], skip });
}

function parserSet(source, name, { harness, skip, with: beside, pulled, include = [], replace = {}, warnings }) {
  const here = (file) => join(HARNESSES, file);
  const set = loadedSet(source, "parsers", name, { harness: harness && here(harness), beside, skip });
  const replaced = Object.entries(replace).map(([symbol, file]) => `${symbol}=${here(file)}`);
  const files = pulled ? set.files.filter((file) => file !== name) : set.files;
  return { ...set, files, suite: { ...set.suite, include, replace: replaced, warnings } };
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
  lib: (source) => libraryFiles(source).map((name) => librarySet(source, name)),
  parsers: (source) => Object.entries(PARSERS).map(([name, parser]) => parserSet(source, name, parser)),
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
