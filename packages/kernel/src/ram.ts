/** Typed views of the machine's one buffer. A physical address is a buffer offset (docs/architecture.md). */
export class Ram {
  readonly buffer: SharedArrayBuffer;
  /** Bytes of RAM; behind it lies the arena. */
  readonly size: number;
  readonly u8: Uint8Array<SharedArrayBuffer>;
  readonly u32: Uint32Array<SharedArrayBuffer>;

  /**
   * @param buffer - the buffer of the machine's shared memory
   * @param size - bytes of RAM, a multiple of the page size
   */
  constructor(buffer: SharedArrayBuffer, size: number) {
    this.buffer = buffer;
    this.size = size;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
  }
}
