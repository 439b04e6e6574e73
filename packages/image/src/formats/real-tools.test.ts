import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Qmp } from "../host/qmp.ts";
import { type MemoryImage, openImage } from "../image.ts";
import { inspect } from "../inspect/inspect.ts";
import { inspectText } from "../inspect/text.ts";
import { formatOf, listImage, spellLine } from "../listing/listing.ts";

/** One machine's memory in several formats, as real tools wrote them. See the README there. */
const ORACLE = new URL("../../../../../shared/oracle/x86_64-5level-kaslr-btf/", import.meta.url).pathname;
const ELF = `${ORACLE}memory.elf.zst`;
const present = existsSync(ELF);
if (!present) console.warn(`skipped: formats of real tools, for which ${ORACLE} is needed`);

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return present;
  } catch {
    if (present) console.warn(`skipped: files of ${command}, which is not there`);
    return false;
  }
}

/** All that is printed of an image, and a look at pages all over its memory. */
function toldOf(image: MemoryImage): string[] {
  const format = formatOf(image);
  const lines = Array.from(listImage(image), (line) => spellLine(format, line));
  const texts = [0xff11000000100000n, 0xffdffc0000020000n, 0xffffffffbf262000n].map((address) =>
    inspectText(inspect(image, address)),
  );
  const page = new Uint8Array(4096);
  const sums = Array.from({ length: 2000 }, (_, i) => {
    const physical = ((i * 7919) % 0xffc0) * 4096;
    const count = image.memory.read(physical, page);
    return `${physical.toString(16)} ${count} ${page.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0)}`;
  });
  const { roots, rootFrom, kasan, release, kernelOffset } = image.machine;
  return [JSON.stringify([roots, rootFrom, kasan, release, String(kernelOffset)]), ...lines, ...texts, ...sums];
}

describe.skipIf(!present)("one memory in many formats", () => {
  const folder = mkdtempSync(join(tmpdir(), "kasan-formats-test-"));
  const path = (name: string) => join(folder, name);
  let expected: string[];
  beforeAll(async () => {
    const image = await openImage(ELF);
    expected = toldOf(image);
    image.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function compare(file: string, left: (line: string) => boolean = () => true, choice = {}): Promise<void> {
    const image = await openImage(file, { choice });
    try {
      expect(image.warnings).toEqual([]);
      expect(toldOf(image).filter(left)).toEqual(expected.filter(left));
    } finally {
      image.close();
    }
  }

  describe.skipIf(!has("qemu-system-x86_64", "--version"))("a machine of QEMU with that memory", () => {
    const monitor = path("qmp");
    let qemu: ChildProcess;
    beforeAll(async () => {
      const image = await openImage(ELF);
      const memory = new Uint8Array(0xff00000);
      image.memory.read(0x100000, memory);
      image.close();
      writeFileSync(path("ram"), memory);
      const loader = `loader,file=${path("ram")},addr=0x100000,force-raw=on`;
      const qmp = `unix:${monitor},server=on,wait=off`;
      const flags = ["-machine", "q35", "-m", "256M", "-S", "-display", "none", "-device", loader, "-qmp", qmp];
      qemu = spawn("qemu-system-x86_64", flags, { stdio: "ignore" });
      for (let i = 0; i < 400 && !existsSync(monitor); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    }, 60_000);
    afterAll(() => qemu.kill());

    // Its CPU is in its firmware, so that the depth of the tables is given. The first megabyte is the firmware's.
    const compareAbove = (file: string) => compare(file, (line) => !/^[0-9a-f]{1,5} /.test(line), { levels: "5" });

    test("while it stands there", { timeout: 60_000 }, () => compareAbove(`qemu:${monitor}`));

    test("dumped, as ELF and with zlib, and sent as if to another host", { timeout: 60_000 }, async () => {
      const qmp = await Qmp.open(monitor);
      await qmp.run("dump-guest-memory", { paging: false, protocol: `file:${path("qemu.elf")}` });
      await qmp.run("dump-guest-memory", {
        paging: false,
        protocol: `file:${path("qemu.kdump")}`,
        format: "kdump-zlib",
      });
      await qmp.run("migrate", { uri: `exec:cat > ${path("stream.qevm")}` });
      let state: unknown;
      for (let i = 0; i < 400 && state !== "completed"; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        state = ((await qmp.run("query-migrate")) as { status?: unknown }).status;
      }
      qmp.close();
      expect(state).toBe("completed");
      for (const name of ["qemu.elf", "qemu.kdump", "stream.qevm"]) await compareAbove(path(name));
    });

    test("a socket where nobody answers as a monitor is told apart", async () => {
      await expect(openImage(`qemu:${path("nothing")}`)).rejects.toThrow(/^qemu:.*nothing: connect ENOENT/);
      await expect(openImage("qemu:localhost:1")).rejects.toThrow(/^qemu:localhost:1: /);
    });
  });

  test("QEMU's dump-guest-memory -z", () => compare(`${ORACLE}memory.kdump-zlib`));

  describe.skipIf(!has("makedumpfile", "-v") || !has("zstd", "--version"))("makedumpfile", () => {
    const core = path("vmcore");
    const make = (...args: string[]) => execFileSync("makedumpfile", args, { cwd: folder, stdio: "ignore" });
    beforeAll(() => {
      execFileSync("zstd", ["-dqf", ELF, "-o", path("elf")]);
      likeVmcore(path("elf"), core);
    }, 120_000);

    test.each(["-c", "-l"])("%s", { timeout: 120_000 }, async (how) => {
      make(how, "-d", "0", core, `whole${how}`);
      await compare(path(`whole${how}`));
    });

    test("-F, and without pages of zeros", { timeout: 120_000 }, async () => {
      execFileSync("sh", ["-c", "makedumpfile -F -c -d 1 vmcore > stream 2> /dev/null"], { cwd: folder });
      await compare(path("stream"));
    });

    test("--split, of which each part leads to the others", { timeout: 120_000 }, async () => {
      make("--split", "-c", "-d", "1", core, "split1", "split2", "split3");
      for (const name of ["split1", "split2", "split3"]) await compare(path(name));
    });

    test("-d 31: what is left out is said to be, and all else is the same", { timeout: 120_000 }, async () => {
      make("-l", "-d", "31", core, "filtered");
      const image = await openImage(path("filtered"));
      const [reference, page] = [new Uint8Array(4096), new Uint8Array(4096)];
      const whole = await openImage(core);
      let [there, filtered] = [0, 0];
      for (let physical = 0x100000; physical < 0x10000000; physical += 0x5000) {
        if (image.memory.read(physical, page) === 4096) {
          there++;
          whole.memory.read(physical, reference);
          expect(Buffer.compare(page, reference)).toBe(0);
        } else {
          filtered++;
          expect(image.memory.absence(physical)).toMatch(
            /^it was filtered out: dump level 31 leaves out zeros, page cache/,
          );
        }
      }
      console.info(`makedumpfile -d 31: ${there} pages compared, ${filtered} filtered out`);
      expect(Math.min(there, filtered)).toBeGreaterThan(1000);
      image.close();
      whole.close();
    });
  });
});

/**
 * QEMU's core as /proc/vmcore would be: makedumpfile wants the program headers behind the header, and memory at the addresses of the
 * direct map.
 */
function likeVmcore(from: string, to: string): void {
  copyFileSync(from, to);
  const fd = openSync(to, "r+");
  const head = Buffer.alloc(4096);
  readSync(fd, head, 0, head.length, 0);
  const [count, offset] = [head.readUInt16LE(56), Number(head.readBigUInt64LE(32))];
  head.copy(head, 64, offset, offset + count * 56);
  head.writeBigUInt64LE(64n, 32);
  head.fill(0, 40, 48);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(64, 58);
  head.fill(0, 60, 64);
  for (let at = 64; at < 64 + count * 56; at += 56) {
    if (head.readUInt32LE(at) === 1)
      head.writeBigUInt64LE(0xff11000000000000n + head.readBigUInt64LE(at + 24), at + 16);
  }
  writeSync(fd, head, 0, head.length, 0);
  closeSync(fd);
}
