import type { CpuLayout } from "@kasan/kernel";
import type { Division } from "@kasan/platform";

/** Number of slots of the data and the shadow TLB; powers of two. */
export interface TlbSizes {
  /** Slots of the data TLB. */
  readonly data: number;
  /** Slots of the shadow TLB. */
  readonly shadow: number;
}

/** The function bound to a guest's import, as the output imports it. */
export interface FunctionTarget {
  /** Import module. */
  readonly module: string;
  /** Import name. */
  readonly name: string;
}

/** How a module's code is bound to the machine and to its placement. */
export interface RewriteOptions {
  /** Location of the CPU's state. */
  readonly cpu: CpuLayout;
  /** Sizes of its TLBs. */
  readonly tlb: TlbSizes;
  /** The shadow of address a is at (a >> scaleShift) + shadowOffset. */
  readonly shadowOffset: bigint;
  /** log2 of the bytes that a shadow byte describes. */
  readonly scaleShift: number;
  /** Whether addresses have a tag in their top byte, which accesses ignore and checks compare with the shadow. */
  readonly tagged: boolean;
  /** Buffer offset of the tags of RAM, if accesses compare them with the pointer's tag; else undefined. */
  readonly tagStorage: number | undefined;
  /** Behaviour of division by zero. */
  readonly division: Division;
  /** Address of the first byte of the module's code section; its low 32 bits are used in call-stack words. */
  readonly codeAddress: bigint;
  /** Address of a pointer to the function in table slot 0. */
  readonly functionPointerBase: bigint;
  /** First table slot of this module. */
  readonly tableStart: number;
  /** Address of the module's data. */
  readonly memoryBase: bigint;
  /** Returns the buffer offset of an edge's counter, a byte. `offset`: that of the call at the edge, in the module's code. */
  readonly edgeCounter: (offset: number) => number;
  /** Whether what is compared is logged. */
  readonly comparisons: boolean;
  /** Returns the wasm function bound to a guest's import: import module and name in the output. */
  readonly resolveFunction: (name: string) => FunctionTarget;
  /** Returns the value of an imported address (`GOT.mem.x`, `GOT.func.f`). */
  readonly resolveAddress: (module: string, name: string) => bigint;
}

/** Import module of the functions in `runtime/`. */
export const RUNTIME = "kasan";
