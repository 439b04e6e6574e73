import { ImageError } from "../error.ts";
import type { KernelLog } from "../log/log-record.ts";
import { readLog } from "../log/read-log.ts";
import { readSymbols } from "../symbols/read-symbols.ts";
import type { SymbolTable } from "../symbols/symbol-table.ts";
import { Btf, btfBytes, isBtf } from "../types/btf.ts";
import { VirtualMemory } from "../virtual.ts";
import type { VmcoreInfo } from "../vmcoreinfo.ts";
import type { KernelImage } from "./kernel-image.ts";

/** Bytes of BTF at most; kernels have some 6 MB. */
const MOST_BTF = 2 ** 27;

/** What is known of a kernel from elsewhere than its memory. */
export interface GivenData {
  /** Its symbols, where KASLR moved them. */
  readonly symbols?: SymbolTable;
  /** Its types. */
  readonly types?: Btf;
}

/** A kernel as its own memory describes it: names, types, log. Each is read when it is first asked for. */
export class Kernel {
  /** Its memory, at its own addresses. */
  readonly memory: VirtualMemory;
  private readonly kept = new Map<string, unknown>();
  private readonly failed = new Map<string, ImageError>();

  /**
   * @param image - its memory and page tables
   * @param given - its symbols and types, where they are not to be read from its memory
   */
  constructor(
    readonly image: KernelImage,
    private readonly given: GivenData = {},
  ) {
    this.memory = new VirtualMemory(image);
  }

  /** Its description of itself; `undefined` if it has none. */
  get facts(): VmcoreInfo | undefined {
    return this.image.facts;
  }

  /**
   * The kernel's own symbols.
   *
   * @throws {@link ImageError} `IMAGE_SYMBOLS` if there are none in the image
   */
  get symbols(): SymbolTable {
    return this.once("symbols", () => this.given.symbols ?? readSymbols(this.image, this.memory, this.facts));
  }

  /** Its types; `undefined` if it has no BTF, or none that can be read. */
  get types(): Btf | undefined {
    return this.given.types ?? this.ownTypes.types;
  }

  /** Why its BTF cannot be read; `undefined` if it can, or if it has none. */
  get typesFault(): string | undefined {
    return this.given.types ? undefined : this.ownTypes.fault;
  }

  /**
   * Its log.
   *
   * @throws {@link ImageError} `IMAGE_LOG` if it is not in the image
   */
  get log(): KernelLog {
    return this.once("log", () => readLog(this.memory, this.facts));
  }

  /** The address of a symbol; `undefined` if there is none of that name. */
  symbol(name: string): bigint | undefined {
    return this.attempt(() => this.symbols)?.find(name)?.address ?? this.facts?.symbol(name);
  }

  /** What `read` returns; `undefined` where the image lacks what it needs, or has nonsense there. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (error instanceof ImageError) return undefined;
      throw error;
    }
  }

  /** Computes a value on first use. */
  once<T>(name: string, compute: () => T): T {
    // What failed fails again, as a search of all memory would be made for each question.
    const failed = this.failed.get(name);
    if (failed) throw failed;
    try {
      if (!this.kept.has(name)) this.kept.set(name, compute());
    } catch (error) {
      if (error instanceof ImageError) this.failed.set(name, error);
      throw error;
    }
    return this.kept.get(name) as T;
  }

  private get ownTypes(): { readonly types?: Btf | undefined; readonly fault?: string } {
    return this.once("types", () => {
      try {
        return { types: this.readTypes() };
      } catch (error) {
        if (error instanceof ImageError) return { fault: error.message };
        throw error;
      }
    });
  }

  private readTypes(): Btf | undefined {
    const start = this.symbols.find("__start_BTF")?.address;
    if (start === undefined) return undefined;
    const header = this.memory.bytes(start, 24);
    if (!isBtf(header)) throw new ImageError("IMAGE_TYPES", `no types begin at ${start.toString(16)}`);
    const bytes = btfBytes(header);
    if (bytes > MOST_BTF) throw new ImageError("IMAGE_TYPES", `the kernel's types are said to have ${bytes} bytes`);
    return new Btf(this.memory.bytes(start, bytes));
  }
}
