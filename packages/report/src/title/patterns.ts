/** A code address in brackets. */
const PC = String.raw`\[<?(?:0x)?[0-9a-f]+>?\]`;
/** A function's name before its offset, or before what the compiler put behind it. */
const FUNC = String.raw`([a-zA-Z0-9_]+)(?:\.|\+)`;
/** A source line. */
const SRC = String.raw`([a-zA-Z0-9-_/.]+\.[a-z]+:[0-9]+)`;

/** A regular expression in which `{{PC}}`, `{{FUNC}}` and `{{SRC}}` stand for what log lines have. */
export function pattern(source: string, flags?: string): RegExp {
  const text = source.replaceAll("{{PC}}", PC).replaceAll("{{FUNC}}", FUNC).replaceAll("{{SRC}}", SRC);
  return new RegExp(text, flags);
}

/** The line that says where the CPU was. */
export const INSTRUCTION_POINTER = pattern(
  String.raw`(?:IP|NIP|pc |PC is at):? (?:(?:[0-9]+:)?(?:{{PC}} +){0,2}{{FUNC}}|(?:[0-9]+:)?0x[0-9a-f]+|(?:[0-9]+:)?{{PC}} +\[< *\(null\)>\] +\(null\)|[0-9]+: +\(null\))`,
);

/** The line above a call trace. */
export const CALL_TRACE = /Call [Tt]race:|Backtrace:/;

/** riscv shows the registers, and then the stack without a line above it. */
export const RISCV_REGISTERS_END = /status: [0-9a-f]{16} badaddr: [0-9a-f]{16} cause: [0-9a-f]{16}/;

/** The lines above stacks. */
export const STACK_STARTS: readonly RegExp[] = [
  /Call [Tt]race/,
  /Allocated:/,
  /Allocated by task [0-9]+:/,
  /Freed:/,
  /Freed by task [0-9]+:/,
  /[^k] backtrace(?: \(crc [0-9a-fA-F]*\))?:/,
  /Backtrace:/,
  /Uninit was stored to memory at/,
  RISCV_REGISTERS_END,
];

/** Any of {@link STACK_STARTS}, in one look. */
export const ANY_STACK_START = new RegExp(STACK_STARTS.map(({ source }) => source).join("|"));

/** Frames, as a line has them; 32-bit arm's lines name two. */
export const FRAMES: readonly RegExp[] = [
  pattern("^ *(?:{{PC}} ){0,2}{{FUNC}}"),
  pattern(String.raw`^ *{{PC}} \(([a-zA-Z0-9_.]+)\) from {{PC}} \({{FUNC}}`),
];

/** Fault injection prints stacks of its own, in the middle of those of reports. */
export const STRAY_STACK = /^(?: \[<?(?:0x)?[0-9a-f]+>?\])? should_fail(?:slab)?(?:\.[a-z0-9.]+)?\+0x/;
