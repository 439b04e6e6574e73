import { createSupportsHyperlinks } from "supports-hyperlinks";
import type { Streams } from "./output.ts";

/**
 * Text that leads to a file or a page where the terminal can do that (OSC 8), and is the text alone elsewhere.
 *
 * @param streams - it is for their standard output
 */
export function hyperlink(text: string, target: URL, { outIsTerminal = false }: Streams): string {
  if (!createSupportsHyperlinks({ isTTY: outIsTerminal })) return text;
  return `\x1b]8;;${target.href}\x1b\\${text}\x1b]8;;\x1b\\`;
}
