import { KernelError } from "../error.ts";

/** What boot says when it cannot go on. */
export const noBootMemory = (): KernelError =>
  new KernelError("BOOT_MEMORY", "too little memory to boot; give the machine more (--memory)");
