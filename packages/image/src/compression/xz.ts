import type { Compression } from "./compression.ts";

/** xz (xz-file-format.txt). The library is XZ Embedded, compiled to WebAssembly. */
export const xz: Compression = {
  name: "xz",
  recognises: (head) => [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00].every((byte, i) => head[i] === byte),
  stream: unxz,
};

/** The library is CommonJS, whose exports Node.js shows as its default alone, and bundlers as they are. */
async function library(): Promise<typeof import("xz-decompress")> {
  const module: typeof import("xz-decompress") & { default?: typeof import("xz-decompress") } = await import(
    "xz-decompress"
  );
  return module.default ?? module;
}

async function* unxz(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.iterator]();
  const compressed = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = iterator.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
  const { XzReadableStream } = await library();
  const reader = new XzReadableStream(compressed).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}
