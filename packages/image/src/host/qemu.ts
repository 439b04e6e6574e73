import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OnProgress } from "../compression/decompress.ts";
import { ImageError } from "../error.ts";
import { Qmp } from "./qmp.ts";

/** How often one asks how far a dump has come. Milliseconds. */
const EVERY = 50;

/** What `query-dump` returns. Bytes. */
interface DumpStatus {
  readonly status?: unknown;
  readonly completed?: unknown;
  readonly total?: unknown;
}

/**
 * Has a running QEMU dump its machine's memory, as an ELF core into a file that is opened and removed at once. The machine stands still
 * meanwhile, so that its memory is of one moment, and goes on afterwards.
 *
 * @param address - of its QMP monitor: see {@link Qmp.open}
 * @throws {@link ImageError} `IMAGE_READ`
 */
export async function dumpMachine<T>(address: string, open: (path: string) => T, onProgress: OnProgress): Promise<T> {
  const qmp = await Qmp.open(address);
  const folder = mkdtempSync(join(tmpdir(), "kasan-image-"));
  const path = join(folder, "core");
  try {
    await qmp.run("dump-guest-memory", { paging: false, protocol: `file:${path}`, detach: true });
    for (;;) {
      const { status, completed, total } = (await qmp.run("query-dump")) as DumpStatus;
      if (status === "completed") return open(path);
      if (status !== "active") throw failed(address, existsSync(path));
      onProgress(Number(completed), Number(total));
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    qmp.close();
  }
}

function failed(address: string, begun: boolean): ImageError {
  const why = begun ? "its dump failed: is there room" : "it could not write its dump: may it write";
  return new ImageError("IMAGE_READ", `qemu:${address}: ${why} in ${tmpdir()}? Set TMPDIR to another folder`);
}
