import type { ProgramResult } from "@kasan/guest";
import { STOP_WORDS } from "@kasan/kernel";

/** What there is to say of a run besides its reports. */
export function remarksOn({ stopped, result, warnings }: ProgramResult): string[] {
  const remarks: string[] = [];
  if (warnings > 0)
    remarks.push(warnings === 1 ? "a warning is in the kernel log" : `${warnings} warnings are in the kernel log`);
  if (stopped !== undefined) remarks.push(STOP_WORDS[stopped]);
  else if (result) remarks.push(`the module's function returned ${result}`);
  return remarks;
}
