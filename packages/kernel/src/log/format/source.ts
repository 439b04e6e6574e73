/** Provides the formatter with a guest's arguments and memory. Text is a byte string: one character, U+0000 … U+00FF, per byte. */
export interface FormatSource {
  /** The next variadic argument: 4 or 8 bytes at natural alignment, as in the wasm64 ABI, zero-extended. */
  next(bytes: 4 | 8): bigint;
  /** The NUL-terminated string at an address, at most `limit` bytes, as a byte string. */
  string(address: bigint, limit: number): string;
  /** Bytes at an address. */
  bytes(address: bigint, count: number): Uint8Array;
  /** `%pS`: symbol+offset/size [module] of a code or data address. */
  symbol(address: bigint): string;
  /** The arguments of the `va_list` at an address, for `%pV`. */
  list(address: bigint): FormatSource;
  /** What `%p` prints for an address: a hash of it, or the address itself with `no_hash_pointers`. */
  hashed(address: bigint): bigint;
  /**
   * The text of a conversion, `%` included, that needs the kernel's own structures ({@link needsKernelCode}): from the kernel's code, if
   * it is there.
   */
  structure(conversion: string, address: bigint): string | undefined;
}
