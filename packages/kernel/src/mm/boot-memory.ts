import { KernelError } from "../error.ts";

/** The error when boot runs out of memory. */
export const noBootMemory = (): KernelError =>
  new KernelError("BOOT_MEMORY", "too little memory to boot; give the machine more (--memory)");
