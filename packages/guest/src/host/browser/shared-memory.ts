/**
 * Buffers that threads share have no name in a page that is not isolated from others (COOP and COEP headers): it must not send them to
 * other threads. The machine's memory is one all the same, since guests use atomic instructions; those of WebAssembly can be made.
 */
export function nameSharedBuffers(): void {
  globalThis.SharedArrayBuffer ??= new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true }).buffer
    .constructor as SharedArrayBufferConstructor;
}
