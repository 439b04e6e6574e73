import { host } from "#host";
import type { Compression } from "./compression.ts";

/** gzip (RFC 1952). */
export const gzip: Compression = {
  name: "gzip",
  recognises: (head) => head[0] === 0x1f && head[1] === 0x8b,
  stream: (chunks) => host.gunzip(chunks),
};
