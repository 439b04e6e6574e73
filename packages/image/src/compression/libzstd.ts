import { ZSTDDecoder } from "zstddec/stream";

/** What libzstd's WebAssembly module exports (zstd.h). Pointers and sizes are numbers of 32 bits. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_decompress(to: number, capacity: number, from: number, size: number): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

/** Results of functions from here on are errors (`ZSTD_isError`): small negative numbers. */
const FIRST_ERROR = 2 ** 32 - 1000;
/** What is decompressed to at a time (`ZSTD_DStreamOutSize`), and given at most. Bytes. */
const OUTPUT = 131_072;
const INPUT = 65_536;
/** Bytes of a `ZSTD_inBuffer` or `ZSTD_outBuffer`: address, size, position. */
const BUFFER = 12;

const damaged = () => new Error("its compressed data is damaged");

/**
 * The library within the package zstddec. What that package itself offers for streams does not look at errors: it goes on forever, and
 * keeps its memory.
 */
class Module extends ZSTDDecoder {
  exports: Exports | undefined;

  override _init = (result: WebAssembly.WebAssemblyInstantiatedSource): void => {
    this.exports = result.instance.exports as unknown as Exports;
    // The module tells it when its memory grows.
    ZSTDDecoder.prototype._init.call(this, result);
  };
}

let loaded: Promise<Libzstd> | undefined;

/** The library, of which there is one. */
export function libzstd(): Promise<Libzstd> {
  loaded ??= (async () => {
    const module = new Module();
    await module.init();
    return new Libzstd(module.exports!);
  })();
  return loaded;
}

/** libzstd's decoder. It verifies checksums. */
class Libzstd {
  constructor(private readonly library: Exports) {}

  /** Decompresses one frame to `size` bytes. Throws an error if it is damaged, or holds another number. */
  frame(frame: Uint8Array, size: number): Uint8Array {
    return this.withMemory([frame.length, size], ([from, to]) => {
      this.bytes(from!, frame.length).set(frame);
      const count = this.library.ZSTD_decompress(to!, size, from!, frame.length) >>> 0;
      if (count !== size) throw damaged();
      return this.bytes(to!, size).slice();
    });
  }

  /** Decompresses frames that come in chunks. What it gives stays until more is asked for. Throws an error if they are damaged or cut off. */
  *stream(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
    const { library } = this;
    const pointers = [INPUT, OUTPUT, BUFFER, BUFFER].map((size) => library.malloc(size));
    const context = library.ZSTD_createDCtx();
    try {
      if (context === 0 || pointers.includes(0)) throw new Error("there is no memory to decompress it");
      let left = 0;
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length; at += INPUT)
          left = yield* this.piece(context, chunk.subarray(at, at + INPUT), pointers);
      }
      if (left !== 0) throw new Error("it is cut off");
    } finally {
      library.ZSTD_freeDCtx(context);
      for (const pointer of pointers) library.free(pointer);
    }
  }

  /** Decompresses a piece. Returns 0 if it ends a frame. */
  private *piece(context: number, piece: Uint8Array, pointers: readonly number[]): Generator<Uint8Array, number> {
    const [from, to, input, output] = pointers as [number, number, number, number];
    this.bytes(from, piece.length).set(piece);
    this.words(input).set([from, piece.length, 0]);
    for (;;) {
      this.words(output).set([to, OUTPUT, 0]);
      const left = this.library.ZSTD_decompressStream(context, output, input) >>> 0;
      if (left >= FIRST_ERROR) throw damaged();
      const count = this.words(output)[2]!;
      if (count > 0) yield this.bytes(to, count);
      // What is full may hold back more.
      if (count < OUTPUT && this.words(input)[2] === piece.length) return left;
    }
  }

  private withMemory<T>(sizes: readonly number[], use: (pointers: readonly number[]) => T): T {
    const pointers = sizes.map((size) => this.library.malloc(size));
    try {
      if (pointers.includes(0)) throw new Error("there is no memory to decompress it");
      return use(pointers);
    } finally {
      for (const pointer of pointers) this.library.free(pointer);
    }
  }

  private bytes(pointer: number, size: number): Uint8Array {
    return new Uint8Array(this.library.memory.buffer, pointer, size);
  }

  private words(pointer: number): Uint32Array {
    return new Uint32Array(this.library.memory.buffer, pointer, BUFFER / 4);
  }
}
