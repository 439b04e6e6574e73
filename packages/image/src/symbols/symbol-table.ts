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

/** Symbols as columns: kernels have a hundred thousand, of which few are looked at. */
export interface SymbolColumns {
  /** Their addresses, in any order. */
  readonly addresses: BigUint64Array;
  /** Each one's type, a letter, and its name after it: `Tkfree`. */
  readonly names: readonly string[];
  /** By index: the module of those that belong to one; `undefined` if none does. */
  readonly modules?: readonly (string | undefined)[];
}

/** The symbols of a kernel or of its modules: by name, and by address as kallsyms finds it. */
export class SymbolTable {
  private readonly columns: SymbolColumns;
  private names: Map<string, number> | undefined;

  /** @param end - where the kernel ends, if that is known: addresses from there on lie in none of its symbols */
  constructor(
    columns: SymbolColumns,
    private readonly end?: bigint,
  ) {
    this.columns = isSorted(columns.addresses) ? columns : sorted(columns);
  }

  /** How many there are. */
  get size(): number {
    return this.columns.addresses.length;
  }

  /** All, by address. */
  *[Symbol.iterator](): Generator<KernelSymbol> {
    for (let i = 0; i < this.size; i++) yield this.symbol(i);
  }

  /** The first of a name. */
  find(name: string): KernelSymbol | undefined {
    this.names ??= indexed(this.columns.names);
    const index = this.names.get(name);
    return index === undefined ? undefined : this.symbol(index);
  }

  /** The symbol that an address lies in: of several at one address the first (`get_symbol_pos` in kernel/kallsyms.c). */
  at(address: bigint): SymbolPlace | undefined {
    const { addresses } = this.columns;
    let index = this.lastUpTo(address);
    if (index < 0 || (this.end !== undefined && address >= this.end)) return undefined;
    const start = addresses[index]!;
    let next = index + 1;
    while (next < addresses.length && addresses[next] === start) next++;
    while (index > 0 && addresses[index - 1] === start) index--;
    const end = addresses[next] ?? this.end;
    if (address - start > FARTHEST) return undefined;
    return { symbol: this.symbol(index), offset: address - start, size: end === undefined ? undefined : end - start };
  }

  private symbol(index: number): KernelSymbol {
    const { addresses, names, modules } = this.columns;
    const name = names[index]!;
    return { name: name.slice(1), address: addresses[index]!, type: name[0]!, module: modules?.[index] };
  }

  /** The index of the last symbol whose address is at most `address`; -1 if none is. */
  private lastUpTo(address: bigint): number {
    const { addresses } = this.columns;
    let low = 0;
    let high = addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (addresses[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function isSorted(addresses: BigUint64Array): boolean {
  for (let i = 1; i < addresses.length; i++) if (addresses[i - 1]! > addresses[i]!) return false;
  return true;
}

/** The same symbols by address; those at one address stay in their order. */
function sorted({ addresses, names, modules }: SymbolColumns): SymbolColumns {
  const order = Array.from(addresses, (_, i) => i).sort((a, b) => compare(addresses[a]!, addresses[b]!) || a - b);
  return {
    addresses: BigUint64Array.from(order, (i) => addresses[i]!),
    names: order.map((i) => names[i]!),
    ...(modules && { modules: order.map((i) => modules[i]) }),
  };
}

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

/** The first index of each name. */
function indexed(names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (let i = names.length - 1; i >= 0; i--) found.set(names[i]!.slice(1), i);
  return found;
}

/** A table of symbols that are there one by one. */
export function tableOf(symbols: readonly KernelSymbol[], end?: bigint): SymbolTable {
  const columns = {
    addresses: BigUint64Array.from(symbols, ({ address }) => address),
    names: symbols.map(({ type, name }) => `${type}${name}`),
    modules: symbols.map(({ module }) => module),
  };
  return new SymbolTable(columns, end);
}

/** An address as reports spell it: `kfree+0x12/0x340`, `init_module+0x8/0x20 [rbtree]`. */
export function spellPlace({ symbol, offset, size }: SymbolPlace): string {
  const extent = size === undefined ? "" : `/0x${size.toString(16)}`;
  return `${symbol.name}+0x${offset.toString(16)}${extent}${symbol.module === undefined ? "" : ` [${symbol.module}]`}`;
}
