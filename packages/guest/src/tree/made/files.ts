import { posix } from "node:path";
import { compileGrammar } from "./asn1.ts";
import { objectIdTables } from "./object-ids.ts";
import { raid6Tables, unrolled } from "./raid6.ts";
import { flaskHeader, permissionsHeader } from "./selinux.ts";

/** Reads a file of a kernel's source, by its path relative to the top. */
type Read = (path: string) => Uint8Array | undefined;

/** A kind of files that a kernel's build makes of others beside them, and that its source does not have. */
interface Rule {
  /** The paths of files of this kind. */
  readonly paths: RegExp;
  /** The paths of the files that one is made of. */
  readonly from: (path: string) => readonly string[];
  /** Its text. `texts`: those of the files that it is made of. */
  readonly make: (texts: readonly string[], path: string) => string;
}

const grammarOf = (path: string): string => path.replace(/\.[ch]$/, "");
const SELINUX = ["classmap.h", "initial_sid_to_string.h"].map((name) => `security/selinux/include/${name}`);

const RULES: readonly Rule[] = [
  {
    paths: /\.asn1\.[ch]$/,
    from: (path) => [grammarOf(path)],
    make: ([text], path) => {
      const { source, header } = compileGrammar(text, posix.basename(grammarOf(path), ".asn1"), grammarOf(path));
      return path.endsWith(".h") ? header : source;
    },
  },
  {
    paths: /^lib\/oid_registry_data\.c$/,
    from: () => ["include/linux/oid_registry.h"],
    make: ([header]) => objectIdTables(header),
  },
  {
    paths: /^security\/selinux\/flask\.h$/,
    from: () => SELINUX,
    make: ([classMap, initialSids]) => flaskHeader(classMap, initialSids),
  },
  {
    paths: /^security\/selinux\/av_permissions\.h$/,
    from: () => SELINUX,
    make: ([classMap]) => permissionsHeader(classMap),
  },
  {
    paths: /^lib\/raid6\/int\d\.c$/,
    from: () => ["lib/raid6/int.uc"],
    make: ([text], path) => unrolled(text, Number(/(\d)\.c$/.exec(path)?.[1])),
  },
  { paths: /^lib\/raid6\/tables\.c$/, from: () => ["lib/raid6/mktables.c"], make: raid6Tables },
  // What another program made, and what comes with the source under another name.
  { paths: /\.[ch]$/, from: (path) => [`${path}_shipped`], make: ([text]) => text },
];

const decoder = new TextDecoder();

/** A file that a kernel's build makes of others; undefined if it makes no such file. */
export function madeFile(path: string, read: Read): Uint8Array | undefined {
  for (const { paths, from, make } of RULES) {
    if (!paths.test(path)) continue;
    const parts = from(path).map(read);
    if (parts.some((bytes) => bytes === undefined)) continue;
    const texts = parts.map((bytes) => decoder.decode(bytes));
    return new TextEncoder().encode(make(texts, path));
  }
  return undefined;
}

/** The names of the C files that are made of a file, and that have definitions. */
export function madeOf(name: string): readonly string[] {
  if (name.endsWith(".asn1")) return [`${name}.c`];
  if (name === "int.uc") return [...[1, 2, 4, 8].map((n) => `int${n}.c`), "tables.c"];
  return name.endsWith(".c_shipped") ? [name.slice(0, -"_shipped".length)] : [];
}
