import { ImageError } from "../error.ts";

/** That a kernel's log cannot be read, and why: `IMAGE_LOG`. */
export const noLog = (why: string) => new ImageError("IMAGE_LOG", `the kernel's log cannot be read: ${why}`);

/** What VMCOREINFO says, which has to be there: throws `IMAGE_LOG` if it is not. `what` is its line. */
export function need(value: bigint | undefined, what: string): bigint {
  if (value === undefined) throw noLog(`VMCOREINFO has no ${what}`);
  return value;
}
