import { isPerCpu, type MemoryImage, perCpuCopy } from "@kasan/image";
import { parseAddress } from "@kasan/shadow";
import { didYouMean } from "../did-you-mean.ts";
import { InputError } from "../logs/input-error.ts";

/** A name, an offset in hex, a CPU. */
const NAMED = /^([A-Za-z_.$][\w.$]*)(?:\+(?:0x)?([0-9a-f]{1,16}))?(?::(\d{1,4}))?$/;

/**
 * The address that a text means in an image: hex digits, or a symbol's name, perhaps with an offset: `init_task+0x40`. A per-CPU variable
 * needs the CPU: `runqueues:0`.
 */
export function addressOf(image: MemoryImage, text: string): bigint {
  const [, name, offset = "0", cpu] = NAMED.exec(text) ?? [];
  const isHex = /^(?:0x)?[0-9a-f_]+$/i.test(text);
  const symbol = name === undefined ? undefined : image.symbol(name);
  if (symbol !== undefined) return BigInt.asUintN(64, ownCopy(image, name!, symbol, cpu) + BigInt(`0x${offset}`));
  if (isHex) return hexOf(text, "");
  if (name === undefined) return hexOf(text, ", or a name, like init_task+0x40");
  const names = Array.from(image.kernel.symbols, (known) => known.name);
  throw new InputError("INPUT_SYMBOLS", `${name}: the kernel has no such symbol${didYouMean(name, names)}`);
}

/** Where a symbol's memory is: of a per-CPU variable, the CPU's copy. */
function ownCopy({ kernel }: MemoryImage, name: string, symbol: bigint, cpu: string | undefined): bigint {
  if (!isPerCpu(kernel, symbol)) {
    if (cpu === undefined) return symbol;
    throw new InputError("INPUT_ADDRESS", `${name} is no per-CPU variable; leave out :${cpu}`);
  }
  if (cpu === undefined)
    throw new InputError("INPUT_ADDRESS", `${name} is a per-CPU variable; name the CPU too, like ${name}:0`);
  const copy = perCpuCopy(kernel, symbol, Number(cpu));
  if (copy === undefined) throw new InputError("INPUT_ADDRESS", `${name}:${cpu}: the machine has no CPU ${cpu}`);
  return copy;
}

function hexOf(text: string, otherwise: string): bigint {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new InputError("INPUT_ADDRESS", `${(error as Error).message}${otherwise}`);
  }
}
