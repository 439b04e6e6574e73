import { join, type Machine } from "@kasan/kernel";
import { GuestError } from "../error.ts";
import type { LoadedModule } from "../load/module.ts";

/**
 * Exported name prefix of the descriptor that `module_param` creates: type name, address of the variable (headers: moduleparam.h).
 */
const PREFIX = "__kasan_param_";
/** The same for modules compiled against a kernel's own headers: a `struct kernel_param`. */
const KERNEL_PREFIX = "__kasan_kernel_param_";

const INTEGERS: Record<string, { bytes: number; signed: boolean }> = {
  byte: { bytes: 1, signed: false },
  short: { bytes: 2, signed: true },
  ushort: { bytes: 2, signed: false },
  int: { bytes: 4, signed: true },
  uint: { bytes: 4, signed: false },
  hexint: { bytes: 4, signed: false },
  long: { bytes: 8, signed: true },
  ulong: { bytes: 8, signed: false },
  ullong: { bytes: 8, signed: false },
};

/** Names of a module's parameters. */
function parameterNames(module: LoadedModule): string[] {
  return module.wasm.exports.flatMap(({ kind, name }) => {
    const prefix = [PREFIX, KERNEL_PREFIX].find((one) => name.startsWith(one));
    return kind === "global" && prefix !== undefined ? [name.slice(prefix.length)] : [];
  });
}

/**
 * Sets a module parameter, as `insmod module name=value` does.
 *
 * @throws {@link GuestError} `BAD_PARAM`
 */
export function setParameter(machine: Machine, module: LoadedModule, name: string, value: string): void {
  const descriptor = module.variable(PREFIX + name);
  const own = module.variable(KERNEL_PREFIX + name);
  if (own !== undefined) return setByKernel(machine, own, name, value);
  if (descriptor === undefined) {
    const names = parameterNames(module).join(", ") || "none";
    throw new GuestError("BAD_PARAM", `no module parameter ${name}; the module has: ${names}`);
  }
  const words = new DataView(machine.guestMemory.read(descriptor, 16).buffer);
  const type = machine.guestMemory.string(words.getBigUint64(0, true), 32);
  machine.guestMemory.write(words.getBigUint64(8, true), encode(machine, name, type, value));
}

/** Lets the kernel's own code set a parameter: `struct kernel_param` knows how (packages/guest/arch/lib/params.c). */
function setByKernel(machine: Machine, descriptor: bigint, name: string, value: string): void {
  const text = new DataView(pointerTo(machine, value).buffer).getBigUint64(0, true);
  const error = Number(machine.guest.named("kasan_guest_set_param", descriptor, text) ?? 0);
  if (error !== 0)
    throw new GuestError("BAD_PARAM", `parameter ${name}=${value} is refused by the kernel: error ${error}`);
}

function encode(machine: Machine, name: string, type: string, value: string): Uint8Array {
  if (type === "bool") return Uint8Array.of(parseBool(name, value));
  if (type === "charp") return pointerTo(machine, value);
  const integer = INTEGERS[type];
  if (!integer) throw new GuestError("BAD_PARAM", `parameter ${name} is of type ${type}, which cannot be set`);
  const bits = integer.bytes * 8;
  const number = parseInteger(name, type, value);
  const fits = integer.signed ? BigInt.asIntN(bits, number) === number : BigInt.asUintN(bits, number) === number;
  if (!fits) throw new GuestError("BAD_PARAM", `parameter ${name}=${value} does not fit its type, ${type}`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, number), true);
  return bytes.subarray(0, integer.bytes);
}

function parseInteger(name: string, type: string, value: string): bigint {
  const match = /^([-+]?)(0x[0-9a-f]+|\d+)$/i.exec(value.trim());
  if (!match) throw new GuestError("BAD_PARAM", `parameter ${name}=${value} is not a number, and its type is ${type}`);
  return match[1] === "-" ? -BigInt(match[2]) : BigInt(match[2]);
}

function parseBool(name: string, value: string): number {
  if (/^(y|yes|1|on|true)$/i.test(value) || value === "") return 1;
  if (/^(n|no|0|off|false)$/i.test(value)) return 0;
  throw new GuestError("BAD_PARAM", `parameter ${name}=${value}: its type is bool; give y or n`);
}

/** Allocates memory for a string and returns the bytes of a pointer to it. */
function pointerTo(machine: Machine, value: string): Uint8Array {
  const bytes = new TextEncoder().encode(`${value}\0`);
  const object = machine.slab.kmalloc(bytes.length, 0xcc0, machine.symbols.returnWords("param_set_charp"));
  machine.ram.u8.set(bytes, object);
  const high = Number(machine.directMap.virtual(object) >> 32n);
  const pointer = new Uint8Array(8);
  new DataView(pointer.buffer).setBigUint64(0, join(object, high), true);
  return pointer;
}
