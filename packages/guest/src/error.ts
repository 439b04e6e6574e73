import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link GuestError}.
 *
 * - `WASM_MALFORMED`: the bytes are not a WebAssembly module, or the module is truncated or inconsistent
 * - `WASM_UNSUPPORTED`: a valid module uses a feature that kernel modules do not need (SIMD, exceptions, …)
 * - `WASM_INVALID`: the engine's validator rejected the module
 * - `COMPILE_FAILED`: clang or the linker failed; `details` holds their diagnostics
 * - `NO_COMPILER`: there is something to compile, and clang, an optional package, is not installed
 * - `UNRESOLVED`: the module uses functions or variables that nothing provides
 * - `BAD_INPUT`: a file is missing, empty, too large, or neither C nor WebAssembly
 * - `NO_ENTRY`: nothing to run: no `module_init`, and no function with the requested name
 * - `NO_THREADS`: the program waits for a thread, and there can be none: the caller has not said how threads create the architecture, or
 *   they are in a page that is not isolated
 * - `OUTPUT`: the program's tasks print more than can be kept until it is passed on
 * - `BAD_PARAM`: a module parameter does not exist, or a value does not fit its type
 * - `INTERRUPTED`: Ctrl-C ended a guest that was profiled
 * - `SETUP`: a program cannot be brought to the state that fuzzing starts from
 */
export type GuestErrorCode =
  | "WASM_MALFORMED"
  | "WASM_UNSUPPORTED"
  | "WASM_INVALID"
  | "COMPILE_FAILED"
  | "NO_COMPILER"
  | "UNRESOLVED"
  | "BAD_INPUT"
  | "NO_ENTRY"
  | "NO_THREADS"
  | "OUTPUT"
  | "BAD_PARAM"
  | "INTERRUPTED"
  | "SETUP";

/** Thrown by every function of this package for invalid input. */
export class GuestError extends KasanError {
  /** Further text for the user: a compiler's diagnostics, or a list of missing symbols. Empty if none. */
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
