import type { Trace } from "./trace.ts";

/** Default width of {@link interleaving}. */
export const INTERLEAVING_WIDTH = 120;

/** Formats an interleaving as a table: a row for each step, a column for each CPU. */
export function interleaving(trace: Trace, width = INTERLEAVING_WIDTH): string {
  const cpus = trace.scenario.programs.length;
  const column = Math.max(24, Math.floor((width - 5) / cpus) - 2);
  const lines = [
    row(
      "",
      trace.scenario.programs.map((_, cpu) => `CPU ${cpu}`),
      column,
    ),
  ];
  const rule = trace.scenario.programs.map(() => "-".repeat(column));
  lines.push(row("", rule, column));
  trace.steps.forEach(({ cpu, what, begins }, index) => {
    const cells = (text: string) => trace.scenario.programs.map((_, other) => (other === cpu ? text : ""));
    if (begins !== undefined) lines.push(row("", cells(`== ${begins} ==`), column));
    wrap(what, column).forEach((text, line) => {
      lines.push(row(line === 0 ? String(index + 1) : "", cells(line === 0 ? text : `  ${text}`), column));
    });
  });
  return `${lines.join("\n")}\n`;
}

function row(number: string, cells: readonly string[], column: number): string {
  return `${number.padStart(3)}  ${cells.map((cell) => cell.padEnd(column)).join("  ")}`.trimEnd();
}

/** Breaks a text between words. Lines after the first leave room for two spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const room = lines.length === 0 ? width : width - 2;
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
