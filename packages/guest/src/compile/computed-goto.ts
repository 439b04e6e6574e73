/** What clang says of a function with computed gotos: WebAssembly has no jumps to addresses. */
export const COMPUTED_GOTO = /hasn't implemented computed gotos/;

/** Text in which no code is looked for: strings, characters and line markers. */
const NO_CODE = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|^#.*/gm;
/** `&&label`: the address of a label (GCC manual, "Labels as Values"). Behind an operand it is the operator. */
const ADDRESS = /(?<![\w)\]"'\s])(\s*)&&\s*([A-Za-z_]\w*)/g;
const GOTO = /\bgoto\s*\*/g;

/**
 * Rewrites computed gotos of preprocessed C: a label's address is its number in its function, and a jump is a switch with a case for each
 * label whose address is taken. Lines stay where they are. Runs in the time of one pass over the text for each function that has one.
 *
 * @param text - what `clang -E` prints
 */
export function withoutComputedGotos(text: string): string {
  const masked = text.replace(NO_CODE, (piece) => piece.replace(/[^\n]/g, " "));
  let result = "";
  let done = 0;
  for (const [start, end] of bodies(masked)) {
    if (!masked.slice(start, end).match(GOTO)) continue;
    result += text.slice(done, start) + rewritten(text.slice(start, end), masked.slice(start, end));
    done = end;
  }
  return result + text.slice(done);
}

/** Where the outermost braces begin and end. */
function bodies(masked: string): [start: number, end: number][] {
  const found: [number, number][] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: brace, index } of masked.matchAll(/[{}]/g)) {
    if (brace === "{" && depth++ === 0) start = index;
    else if (brace === "}" && --depth === 0) found.push([start, index + 1]);
  }
  return found;
}

/** A function's body. `masked`: the same without strings. */
function rewritten(text: string, masked: string): string {
  const labels = [...new Set([...masked.matchAll(ADDRESS)].map(([, , label]) => label))].filter((label) =>
    new RegExp(`[;{}:]\\s*${label}\\s*:`).test(masked),
  );
  const numbers = new Map(labels.map((label, i) => [label, i + 1]));
  const cases = labels.map((label, i) => `case ${i + 1}: goto ${label};`).join(" ");
  const edits: [start: number, end: number, replacement: string][] = [];
  for (const { 0: all, 1: space, 2: label, index } of masked.matchAll(ADDRESS)) {
    const number = numbers.get(label);
    if (number !== undefined) edits.push([index, index + all.length, `${space}((void *)${number}UL)`]);
  }
  for (const { 0: all, index } of masked.matchAll(GOTO)) {
    const end = masked.indexOf(";", index);
    const target = text.slice(index + all.length, end);
    const jump = `switch ((unsigned long)(${target})) { ${cases} default: __builtin_unreachable(); }`;
    edits.push([index, end + 1, jump]);
  }
  let result = "";
  let done = 0;
  for (const [start, end, replacement] of edits.sort(([a], [b]) => a - b)) {
    result += text.slice(done, start) + replacement;
    done = end;
  }
  return result + text.slice(done);
}
