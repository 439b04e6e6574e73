import type { MemoryImage } from "@kasan/image";
import { parseAddress } from "@kasan/shadow";
import { didYouMean } from "../did-you-mean.ts";
import { InputError } from "../logs/input-error.ts";

/** The address that a text means in an image: hex digits, or a symbol's name, perhaps with an offset: `init_task+0x40`. */
export function addressOf(image: MemoryImage, text: string): bigint {
  const [, name, offset = "0"] = /^([A-Za-z_.$][\w.$]*)(?:\+(?:0x)?([0-9a-f]{1,16}))?$/.exec(text) ?? [];
  const isHex = /^(?:0x)?[0-9a-f_]+$/i.test(text);
  const symbol = name === undefined ? undefined : image.symbol(name);
  if (symbol !== undefined) return BigInt.asUintN(64, symbol + BigInt(`0x${offset}`));
  if (isHex || name === undefined) return hexOf(text);
  const names = Array.from(image.kernel.symbols, (known) => known.name);
  throw new InputError("INPUT_SYMBOLS", `${name}: the kernel has no such symbol${didYouMean(name, names)}`);
}

function hexOf(text: string): bigint {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new InputError("INPUT_ADDRESS", (error as Error).message);
  }
}
