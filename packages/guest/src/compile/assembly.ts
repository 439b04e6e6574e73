/** An error about assembly in C code. */
export interface AssemblyError {
  /** The file, as clang names it. */
  readonly file: string;
  /** Line number, from 1 on; 0 if unknown. */
  readonly line: number;
  /** The function with the assembly; undefined outside of functions. */
  readonly function: string | undefined;
}

const ERROR = /^(.+?):(\d+):\d+: (?:fatal )?error: (.*)$/;
/** What clang calls the text that it assembles. */
const ASSEMBLED = "<inline asm>";

/**
 * The errors in clang's diagnostics that are about assembly. They speak of the assembler's tokens and of registers, and say nothing
 * about what is wrong: that the target is WebAssembly.
 *
 * @param unit - the compiled C file
 * @param read - returns a file's text, empty if there is none
 */
export function assemblyErrors(diagnostics: string, unit: string, read: (file: string) => string): AssemblyError[] {
  const lines = diagnostics.split("\n");
  const found = new Map<string, AssemblyError>();
  lines.forEach((text, i) => {
    const [, file, line, message] = ERROR.exec(text) ?? [];
    if (file === undefined) return;
    const next = lines.findIndex((other, j) => j > i && ERROR.test(other));
    const notes = lines.slice(i + 1, next < 0 ? lines.length : next);
    const isAssembly = file === ASSEMBLED || /\basm\b(?!\/)|\bassembly\b|\bconstraint '/.test(message);
    if (!isAssembly && !notes.some((note) => note.startsWith(`${ASSEMBLED}:`))) return;
    const error = file === ASSEMBLED ? outsideOfFunctions(unit, read(unit)) : inside(file, Number(line), read(file));
    found.set(`${error.file}:${error.line}`, error);
  });
  return [...found.values()];
}

/** What to tell a user of such errors: where the assembly is, and what to do. */
export function describeAssembly(errors: readonly AssemblyError[]): string {
  const places = errors.slice(0, 5).map(({ file, line, function: name }) => {
    const at = line === 0 ? file : `${file}:${line}`;
    return name === undefined ? `at ${at}` : `in ${name}() at ${at}`;
  });
  const more = errors.length > places.length ? ` and ${errors.length - places.length} more` : "";
  return (
    `assembly ${places.join(", ")}${more}: guests are compiled to WebAssembly on every architecture, so a processor's ` +
    "instructions cannot be assembled; write it in C, for example under #ifdef __wasm__"
  );
}

const inside = (file: string, line: number, text: string): AssemblyError => ({
  ...{ file, line },
  function: scopes(text).find(({ first, last }) => first <= line && line <= last)?.name,
});

function outsideOfFunctions(file: string, text: string): AssemblyError {
  const all = scopes(text);
  const lines = codeOf(text).split("\n");
  const at = lines.findIndex(
    (line, i) => /\b(?:__)?asm(?:__)?\b/.test(line) && !all.some(({ first, last }) => first <= i + 1 && i + 1 <= last),
  );
  return { file, line: at + 1, function: undefined };
}

/** C code without comments, and with empty strings; lines stay where they are. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (piece) =>
    piece.replace(/[^\n]/g, " "),
  );
}

/** The functions that a C file defines, by their lines. Macros are not expanded. */
function scopes(text: string): { readonly name: string; readonly first: number; readonly last: number }[] {
  const code = codeOf(text).replace(/^[ \t]*#(?:.*\\\n)*.*/gm, (directive) => directive.replace(/[^\n]/g, " "));
  const found: { name: string; first: number; last: number }[] = [];
  let depth = 0;
  let start = 0;
  let begun: { name: string; first: number } | undefined;
  for (let at = 0, line = 1; at < code.length; at++) {
    const character = code[at];
    if (character === "\n") line++;
    else if (character === ";" && depth === 0) start = at + 1;
    else if (character === "{" && depth++ === 0) {
      // The last name before parentheses that is no attribute's.
      const head = code.slice(start, at).replace(/\b__attribute__\s*\(\(.*?\)\)/gs, " ");
      const name = /(\w+)\s*\((?:[^()]|\([^()]*\))*\)\s*\w*\s*$/.exec(head)?.[1];
      const first = line - (head.trimStart().match(/\n/g)?.length ?? 0);
      begun = name === undefined ? undefined : { name, first };
    } else if (character === "}" && depth > 0 && --depth === 0) {
      if (begun) found.push({ ...begun, last: line });
      start = at + 1;
    }
  }
  return found;
}
