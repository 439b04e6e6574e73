import type { Diagnostic } from "../protocol.ts";

/** `bug.c:12:5: error: use of undeclared identifier 'x'`. */
const MESSAGE =
  /^(?<file>[^\n:]+):(?<line>\d+):(?<column>\d+): (?:fatal )?(?<severity>error|warning|note): (?<message>.*)$/gm;

/** clang's messages about a file, those about the headers that it includes left out. */
export function diagnosticsOf(text: string, file: string): Diagnostic[] {
  return [...text.matchAll(MESSAGE)]
    .map(({ groups }) => groups!)
    .filter((groups) => groups.file === file)
    .map(({ severity, line, column, message }) => ({
      severity: severity as Diagnostic["severity"],
      line: Number(line),
      column: Number(column),
      message: message!,
    }));
}
