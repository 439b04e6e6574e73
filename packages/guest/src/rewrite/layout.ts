import type { CpuLayout } from "@kasan/kernel";
import type { Division } from "@kasan/platform";

/** Slots of the data and the shadow TLB; powers of two. */
export interface TlbSizes {
  /** Of the TLB for data. */
  readonly data: number;
  /** Of the TLB for shadow. */
  readonly shadow: number;
}

/** A function that an import of a guest is bound to, as the output imports it. */
export interface FunctionTarget {
  /** Import module. */
  readonly module: string;
  /** Import name. */
  readonly name: string;
}

/** How one module's code is bound to the machine and to its place in it. */
export interface RewriteOptions {
  /** Where the CPU's state lies. */
  readonly cpu: CpuLayout;
  /** How large its TLBs are. */
  readonly tlb: TlbSizes;
  /** Shadow address of address a: (a >> scaleShift) + shadowOffset. */
  readonly shadowOffset: bigint;
  /** log2 of the bytes that a shadow byte describes. */
  readonly scaleShift: number;
  /** Whether addresses carry a tag in their top byte, which accesses ignore and checks compare with the shadow. */
  readonly tagged: boolean;
  /** Buffer offset of the tags of RAM, where accesses compare them with their pointer's; undefined where they do not. */
  readonly tagStorage: number | undefined;
  /** What division by zero does. */
  readonly division: Division;
  /** Address of the first byte of the module's code section; the low 32 bits go into call-stack words. */
  readonly codeAddress: bigint;
  /** Address that a pointer to the function in table slot 0 has. */
  readonly functionPointerBase: bigint;
  /** First table slot of this module. */
  readonly tableStart: number;
  /** Address of the module's data. */
  readonly memoryBase: bigint;
  /** The wasm function that an import of the guest is bound to: import module and name in the output. */
  readonly resolveFunction: (name: string) => FunctionTarget;
  /** The value of an imported address (`GOT.mem.x`, `GOT.func.f`). */
  readonly resolveAddress: (module: string, name: string) => bigint;
}

/** Import module of the functions in `runtime/`. */
export const RUNTIME = "kasan";
