import { ImageError } from "../error.ts";

/** Reads something of a kernel that may not be there: `undefined` then. `what` is what people call it. */
export type Ask = <T>(what: string, read: () => T | undefined) => T | undefined;

/** An {@link Ask} that notes in `unknown` what could not be read, and why. */
export function asker(unknown: string[]): Ask {
  return (what, read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      unknown.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
}
