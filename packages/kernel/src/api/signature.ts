import { KernelError } from "../error.ts";

/** C types in wasm64: `l` is a 64-bit integer or pointer, `i` a 32-bit one; `v`, as a result only, is void. */
export type TypeLetter = "l" | "i" | "v";

/** The parameters of an implementation: each `l` is passed as two halves, low first. */
export type Parameters<S extends string> = S extends `${infer Letters}:${string}` ? ParametersOf<Letters> : never;

type ParametersOf<S extends string> = S extends ""
  ? []
  : S extends `l${infer Rest}`
    ? [low: number, high: number, ...ParametersOf<Rest>]
    : S extends `i${infer Rest}`
      ? [value: number, ...ParametersOf<Rest>]
      : never;

/** The return type of an implementation. For an `l` it returns the low half and sets the high half through `Cpu.result`. */
export type Result<S extends string> = S extends `${string}:v`
  ? unknown
  : S extends `${string}:${"l" | "i"}`
    ? number
    : never;

/**
 * A kernel function that guests call and that runs outside wasm.
 *
 * Its signature names the C types of the parameters, a colon, and the type of the result: `"li:l"` is
 * `void *kmalloc(size_t, gfp_t)`. Headers declare the same; `packages/guest/test/signatures.test.ts` compares them.
 */
export interface KernelFunction {
  /** Types of the parameters and the result, as above. */
  readonly signature: string;
  /** The implementation. May end the guest by throwing {@link GuestStopped}. */
  readonly call: (...args: number[]) => unknown;
}

/** Kernel functions by name. */
export type KernelFunctions = Readonly<Record<string, KernelFunction>>;

/**
 * Defines a kernel function. The type checker verifies that the implementation matches the signature.
 *
 * @throws {@link KernelError} `SIGNATURE` if the signature is invalid
 */
export function kernelFunction<S extends string>(
  signature: S,
  call: (...args: Parameters<S>) => Result<S>,
): KernelFunction {
  if (!/^[li]*:[liv]$/.test(signature)) {
    throw new KernelError(
      "SIGNATURE",
      `"${signature}" is not a signature; it has the letters l and i, a colon, and l, i or v`,
    );
  }
  return { signature, call: call as KernelFunction["call"] };
}
