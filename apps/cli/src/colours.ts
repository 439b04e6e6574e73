import { type Painter, PLAIN } from "@kasan/report";
import picocolors from "picocolors";
import type { Streams } from "./output.ts";

/** Colours, if the output is a terminal that wants them (https://no-color.org). */
export function painterFor(streams: Streams, output: string | undefined): Painter {
  if (output !== undefined || !streams.outIsTerminal || process.env.NO_COLOR) return PLAIN;
  const { bold, dim, red, green, yellow } = picocolors.createColors(true);
  return { bold, dim, red, green, yellow };
}
