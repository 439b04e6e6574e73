import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link GuestError}.
 *
 * - `WASM_MALFORMED`: the bytes are not a WebAssembly module, or one that breaks off or contradicts itself
 * - `WASM_UNSUPPORTED`: a valid module that uses something a kernel module has no use for (SIMD, exceptions, …)
 * - `WASM_INVALID`: the engine's validator refused the module
 * - `COMPILE_FAILED`: clang or the linker said no; `details` holds their diagnostics
 * - `UNRESOLVED`: the module calls functions, or uses variables, that nothing provides
 * - `BAD_INPUT`: a file that is missing, empty, too large, or neither C nor WebAssembly
 * - `NO_ENTRY`: nothing to run: no `module_init`, and no function of the name asked for
 * - `NO_PLUGINS`: the program starts a thread, and the caller has not said how threads make the architecture
 * - `BAD_PARAM`: a module parameter that does not exist, or a value that does not fit its type
 */
export type GuestErrorCode =
  | "WASM_MALFORMED"
  | "WASM_UNSUPPORTED"
  | "WASM_INVALID"
  | "COMPILE_FAILED"
  | "UNRESOLVED"
  | "BAD_INPUT"
  | "NO_ENTRY"
  | "NO_PLUGINS"
  | "BAD_PARAM";

/** What every function of this package throws when its input is at fault. */
export class GuestError extends KasanError {
  /** Text for the user below the message: a compiler's diagnostics, the list of what is missing. Empty if none. */
  readonly details: string;

  /**
   * @param code - stable, for programs; see {@link GuestErrorCode}
   * @param message - one line: what is wrong, where, what to do
   * @param details - further lines, printed as they are
   */
  constructor(code: GuestErrorCode, message: string, details = "") {
    super(code, message);
    this.name = "GuestError";
    this.details = details;
  }
}
