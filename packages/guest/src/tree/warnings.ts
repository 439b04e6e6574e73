import { OUR_ROOT, TREE_ROOT } from "./headers.ts";

/** Mistakes that a kernel's build does not let pass: the same in 5.10 to 7.3 (Makefile, scripts/Makefile.extrawarn, Makefile.warn). */
const ERRORS = ["implicit-function-declaration", "implicit-int", "return-type", "strict-prototypes"].concat([
  "date-time",
  "incompatible-pointer-types",
]);

/** What a kernel's build asks clang for besides, as 6.12 has it. Older versions show fewer warnings. */
const SHOWN = ["all", "extra", "vla", "cast-function-type", "enum-conversion", "implicit-fallthrough", "unused"].concat(
  ["missing-declarations", "missing-prototypes"],
);
const NOT_SHOWN = [
  ..."format-security trigraphs frame-address address-of-packed-member gnu pointer-sign".split(" "),
  ..."unused-but-set-variable unused-const-variable override-init pointer-to-enum-cast".split(" "),
  ..."tautological-constant-out-of-range-compare unaligned-access enum-compare-conditional".split(" "),
  ..."missing-field-initializers type-limits shift-negative-value enum-enum-conversion sign-compare".split(" "),
  ..."unused-parameter format-overflow-non-kprintf format-truncation-non-kprintf".split(" "),
  // `-Wno-…` of what this clang does not know is no reason to speak.
  "unknown-warning-option",
];

/** Flags for files of a user's own. Those of a kernel's source, which another compiler was chosen for, are compiled without warnings. */
const OWN_FILES: readonly string[] = [
  ...SHOWN.map((name) => `-W${name}`),
  ...NOT_SHOWN.map((name) => `-Wno-${name}`),
  ...ERRORS.map((name) => `-Werror=${name}`),
];

/** Whether a path, as clang sees it, is that of a user's own file. */
const isOwnFile = (path: string): boolean => !path.startsWith(`${TREE_ROOT}/`) && !path.startsWith(`${OUR_ROOT}/`);

/** The compiler's flags about warnings for a file. @param given - those of its Makefile */
export const warningFlags = (source: string, given: readonly string[] = []): readonly string[] =>
  isOwnFile(source) ? [...OWN_FILES, ...given] : ["-w"];

const LEAD = /^In file included from /;
const PLACE = /^(\S+?):\d+:\d+: (warning|note|(?:fatal )?error): /;
const COUNT = /^\d+ (?:warning|error)s?.* generated\.$/;

/** A compiler's messages without warnings about headers that are not the user's. */
export function ownMessages(text: string): string {
  let kept = "";
  // The includes that lead to a message come before it; notes and pieces of code belong to the message before them.
  let lead = "";
  let keeps = true;
  for (const line of text.split(/(?<=\n)/)) {
    if (LEAD.test(line)) {
      lead += line;
      continue;
    }
    const [, path, kind] = PLACE.exec(line) ?? [];
    if (kind !== undefined && kind !== "note") keeps = kind !== "warning" || isOwnFile(path);
    if (keeps && !COUNT.test(line.trimEnd())) kept += lead + line;
    lead = "";
  }
  return kept;
}
