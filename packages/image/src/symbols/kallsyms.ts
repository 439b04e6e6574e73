import { ImageError } from "../error.ts";
import type { VirtualMemory } from "../virtual.ts";
import type { VmcoreInfo } from "../vmcoreinfo.ts";
import { type KernelSymbol, SymbolTable } from "./symbol-table.ts";

/** Where a kernel keeps its symbols (kernel/kallsyms_internal.h): addresses of the parts of kallsyms. */
export interface KallsymsParts {
  /** `kallsyms_num_syms`: how many, 4 bytes. */
  readonly count: bigint;
  /** `kallsyms_names`: the compressed names, each after its length. */
  readonly names: bigint;
  /** `kallsyms_token_table`: the pieces that names are made of, each with a NUL. */
  readonly tokens: bigint;
  /** `kallsyms_token_index`: where each of the 256 pieces starts, 2 bytes each. */
  readonly tokenIndex: bigint;
  /** `kallsyms_offsets`: 4 bytes a symbol, from {@link relativeBase}; or `kallsyms_addresses`: 8 bytes a symbol. */
  readonly values: bigint;
  /** `kallsyms_relative_base`; `undefined` where addresses are kept whole. */
  readonly relativeBase: bigint | undefined;
}

/** Symbols that are read at most; kernels have up to some 300,000. */
export const MOST_SYMBOLS = 2 ** 21;
/** Bytes of the longest name (`KSYM_NAME_LEN`). */
const LONGEST_NAME = 512;
const TOKENS = 256;

/** The parts as VMCOREINFO names them, since Linux 6.0; `undefined` if it does not. */
export function kallsymsParts(info: VmcoreInfo): KallsymsParts | undefined {
  const [count, names, tokens, tokenIndex, offsets, addresses, base] = [
    "num_syms",
    "names",
    "token_table",
    "token_index",
    "offsets",
    "addresses",
    "relative_base",
  ].map((part) => info.symbol(`kallsyms_${part}`));
  const values = offsets ?? addresses;
  if (!count || !names || !tokens || !tokenIndex || !values) return undefined;
  return { count, names, tokens, tokenIndex, values, relativeBase: offsets === undefined ? undefined : base };
}

/**
 * Reads a kernel's symbols from its memory. The kernel's own addresses, where KASLR moved it too.
 *
 * @param anchor - a symbol whose address is known: it tells how offsets are meant
 * @throws {@link ImageError} `IMAGE_SYMBOLS` if there is no table of symbols, `IMAGE_ADDRESS` if it is not in the image
 */
export function readKallsyms(memory: VirtualMemory, parts: KallsymsParts, anchor?: KernelAnchor): SymbolTable {
  const count = memory.u32(parts.count);
  if (count === 0 || count > MOST_SYMBOLS) throw damaged(`${count} symbols are said to be there`);
  const names = readNames(memory, parts, count);
  const addresses = readAddresses(memory, parts, count, (values) => fits(names, values, anchor));
  const end = names.findIndex((name) => name.slice(1) === "_end");
  return new SymbolTable(symbolsOf(names, addresses), end < 0 ? undefined : addresses[end]);
}

/** A symbol whose address is known. */
export interface KernelAnchor {
  /** Its name. */
  readonly name: string;
  /** Its address. */
  readonly address: bigint;
}

const damaged = (why: string) => new ImageError("IMAGE_SYMBOLS", `the kernel's table of symbols is damaged: ${why}`);

function* symbolsOf(names: readonly string[], addresses: BigUint64Array): Generator<KernelSymbol> {
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    yield { name: name.slice(1), address: addresses[i]!, type: name[0]!, module: undefined };
  }
}

/** The names, each after its type, uncompressed (`kallsyms_expand_symbol`). */
function readNames(memory: VirtualMemory, { names, tokens, tokenIndex }: KallsymsParts, count: number): string[] {
  const pieces = readTokens(memory, tokens, tokenIndex);
  const bytes = new CompressedNames(memory, names);
  return Array.from({ length: count }, (_, i) => {
    let length = bytes.next();
    // Since Linux 6.1, a length of more than 127 bytes has its upper bits in a second byte.
    if (length & 0x80) length = (length & 0x7f) | (bytes.next() << 7);
    if (length === 0 || length > LONGEST_NAME) throw damaged(`symbol ${i} of ${count} has a name of ${length} pieces`);
    let name = "";
    for (let j = 0; j < length; j++) name += pieces[bytes.next()];
    if (name.length > LONGEST_NAME + 1) throw damaged(`symbol ${i} of ${count} has a name of ${name.length} bytes`);
    return name;
  });
}

/** The pieces of names. */
export function readTokens(memory: VirtualMemory, tokens: bigint, tokenIndex: bigint): string[] {
  const index = new DataView(memory.bytes(tokenIndex, TOKENS * 2).buffer);
  return Array.from({ length: TOKENS }, (_, i) =>
    memory.text(tokens + BigInt(index.getUint16(i * 2, true)), LONGEST_NAME),
  );
}

/** The bytes of names, read by the chunk: nothing says how many there are. */
class CompressedNames {
  private chunk = new Uint8Array(0);
  private at = 0;

  constructor(
    private readonly memory: VirtualMemory,
    private address: bigint,
  ) {}

  next(): number {
    if (this.at === this.chunk.length) this.load();
    return this.chunk[this.at++]!;
  }

  private load(): void {
    const chunk = new Uint8Array(64 * 1024);
    const there = this.memory.read(this.address, chunk);
    if (there === 0) throw damaged(`its names end at ${this.address.toString(16)}`);
    this.chunk = chunk.subarray(0, there);
    this.address += BigInt(there);
    this.at = 0;
  }
}

/**
 * The addresses (`kallsyms_sym_address`). Offsets are unsigned from the base, or, with CONFIG_KALLSYMS_ABSOLUTE_PERCPU (x86 up to
 * Linux 6.14), absolute if they are positive and else from the base down. Nothing in memory says which: the one that `fits`.
 */
function readAddresses(
  memory: VirtualMemory,
  { values, relativeBase }: KallsymsParts,
  count: number,
  fits: (addresses: BigUint64Array) => boolean,
): BigUint64Array {
  if (relativeBase === undefined) return new BigUint64Array(memory.bytes(values, count * 8).buffer);
  const base = memory.u64(relativeBase);
  const offsets = new Int32Array(memory.bytes(values, count * 4).buffer);
  const from = (address: (offset: number) => bigint) => BigUint64Array.from(offsets, address);
  const percpu = from((offset) => (offset >= 0 ? BigInt(offset) : base - 1n - BigInt(offset)));
  return fits(percpu) ? percpu : from((offset) => base + BigInt(offset >>> 0));
}

/** Whether addresses are those of names: the known symbol has its own, or, without one, they ascend once they are in the kernel. */
function fits(names: readonly string[], addresses: BigUint64Array, anchor: KernelAnchor | undefined): boolean {
  const index = anchor
    ? names.findIndex((name) => name.length === anchor.name.length + 1 && name.endsWith(anchor.name))
    : -1;
  if (index >= 0) return addresses[index] === anchor!.address;
  const first = addresses.findIndex((address) => address >= 1n << 63n);
  return first >= 0 && addresses.every((address, i) => i <= first || addresses[i - 1]! <= address);
}
