/** A name of a kernel, and where it is. */
export interface KernelSymbol {
  /** Its name. */
  readonly name: string;
  /** Its address, 0 … 2^64-1. */
  readonly address: bigint;
  /** Its type, a letter as in System.map: `T` and `t` text, `D` and `d` data, `B` and `b` data that starts as zeros, `R` and `r` constants. */
  readonly type: string;
  /** The module that it belongs to; `undefined` if it is the kernel's own. */
  readonly module: string | undefined;
}

/** An address by name. */
export interface SymbolPlace {
  /** The symbol that it lies in. */
  readonly symbol: KernelSymbol;
  /** Bytes from the symbol's address. */
  readonly offset: bigint;
  /** Bytes to the next symbol, as kernels count a symbol's size; `undefined` after the last one. */
  readonly size: bigint | undefined;
}

/** Bytes from a symbol to an address that lies in it, at most: per-CPU variables have addresses near 0, and nothing lies after the last. */
const FARTHEST = 1n << 30n;

/** The symbols of a kernel or of one module: by name, and by address as kallsyms finds it. */
export class SymbolTable {
  private readonly sorted: readonly KernelSymbol[];
  private readonly byName = new Map<string, KernelSymbol>();

  /** @param end - where the kernel or module ends, if that is known: addresses from there on lie in none of its symbols */
  constructor(
    symbols: Iterable<KernelSymbol>,
    private readonly end?: bigint,
  ) {
    const list = Array.from(symbols);
    this.sorted = isSorted(list) ? list : list.sort((a, b) => compare(a.address, b.address));
    for (const symbol of list) if (!this.byName.has(symbol.name)) this.byName.set(symbol.name, symbol);
  }

  /** How many there are. */
  get size(): number {
    return this.sorted.length;
  }

  /** All, by address. */
  [Symbol.iterator](): Iterator<KernelSymbol> {
    return this.sorted[Symbol.iterator]();
  }

  /** The first of a name. */
  find(name: string): KernelSymbol | undefined {
    return this.byName.get(name);
  }

  /** The symbol that an address lies in: of several at one address the first (`get_symbol_pos` in kernel/kallsyms.c). */
  at(address: bigint): SymbolPlace | undefined {
    let index = this.lastUpTo(address);
    if (index < 0 || (this.end !== undefined && address >= this.end)) return undefined;
    const start = this.sorted[index]!.address;
    let next = index + 1;
    while (next < this.sorted.length && this.sorted[next]!.address === start) next++;
    while (index > 0 && this.sorted[index - 1]!.address === start) index--;
    const end = this.sorted[next]?.address ?? this.end;
    if (address - start > FARTHEST) return undefined;
    return { symbol: this.sorted[index]!, offset: address - start, size: end === undefined ? undefined : end - start };
  }

  /** The index of the last symbol whose address is at most `address`; -1 if none is. */
  private lastUpTo(address: bigint): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

function isSorted(list: readonly KernelSymbol[]): boolean {
  return list.every(({ address }, i) => i === 0 || list[i - 1]!.address <= address);
}

/** An address as reports spell it: `kfree+0x12/0x340`, `init_module+0x8/0x20 [rbtree]`. */
export function spellPlace({ symbol, offset, size }: SymbolPlace): string {
  const extent = size === undefined ? "" : `/0x${size.toString(16)}`;
  return `${symbol.name}+0x${offset.toString(16)}${extent}${symbol.module === undefined ? "" : ` [${symbol.module}]`}`;
}
