import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { writeCore } from "@kasan/image";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { armMachine, x86Machine } from "../../../scripts/memory-image.ts";
import { kasan, publishedSchema, scratch } from "./harness.ts";

const { folder, file, remove } = scratch();
afterAll(remove);
const schema = publishedSchema;
const x86 = join(folder, "x86.elf");
const arm = join(folder, "arm.elf");
writeCore(x86, x86Machine().contents);
writeCore(arm, armMachine().contents);
const raw = file("ram.bin", x86Machine().space.memory.u8);

describe("kasan ptdump", () => {
  test("lists as the kernel does", async () => {
    const { code, out, err } = await kasan("ptdump", arm);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(
      "---[ Linear Mapping start ]---\n0xffff000000000000-0xffff000000100000           1M PTE       RW NX SHD AF            UXN    MEM/NORMAL\n",
    );
    expect(out.trimEnd().split("\n").at(-1)).toMatch(/^0xffff[0-9a-f]{12}-0x0000000000000000 /);
  });

  test("has the headings that the kernel's configuration calls for", async () => {
    const config = "# CONFIG_X86_ESPFIX64 is not set\nCONFIG_MODIFY_LDT_SYSCALL=y\nCONFIG_EFI=y\n";
    const headings = ["LDT remap", "EFI Runtime Services"].map((name) => `---[ ${name} ]---`);
    const without = (await kasan("ptdump", x86)).out.split("\n").filter((line) => line.startsWith("---"));
    for (const heading of headings) expect(without).not.toContain(heading);
    for (const given of [file("config", config), file("config.gz", gzipSync(config))]) {
      const { code, out } = await kasan("ptdump", x86, "--config", given);
      expect(code).toBe(0);
      const lines = out.split("\n").filter((line) => line.startsWith("---"));
      expect(lines.filter((line) => !without.includes(line))).toEqual(headings);
    }
    expect(await kasan("ptdump", x86, "--config", file("notes", "none\n"))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/notes: no kernel configuration/),
    });
    expect((await kasan("ptdump", x86, "--config", join(folder, "absent"))).code).toBe(2);
  });

  test("filters", async () => {
    const wx = await kasan("ptdump", x86, "--permissions", "x");
    expect(wx.out).toBe("0xffffffff80000000-0xffffffff80004000          16K     ro                 GLB x  pte\n");
    const range = await kasan("ptdump", x86, "--range", "ffff888000000000-ffff888000000fff", "--page", "4K");
    expect(range.out).toMatch(/^0xffff888000000000-0xffff888000001000 {11}4K .*\n$/);
    const physical = await kasan("ptdump", x86, "--physical", "11004");
    expect(physical.out).toBe("ffff888000011004\nffffffff80001004\n");
    const none = await kasan("ptdump", x86, "--region", "nowhere");
    expect(none).toMatchObject({ code: 2, err: expect.stringMatching(/no region "nowhere".*; there are .*vmalloc/) });
    for (const wrong of [
      ["--range", "5"],
      ["--permissions", "q"],
      ["--root", "zz"],
      ["--root", "9000000000000a00"],
      ["--page", "x"],
    ]) {
      expect((await kasan("ptdump", x86, ...wrong)).code).toBe(2);
    }
  });

  test("JSON keeps to the schema", async () => {
    const validate = new Ajv2020({ strict: true }).compile(schema("ptdump"));
    for (const args of [[x86], [arm], [x86, "--physical", "ff000"]]) {
      const { out } = await kasan("ptdump", ...args, "--format", "json");
      expect(validate(JSON.parse(out)), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  test("raw memory needs an architecture, and finds its tables", async () => {
    expect(await kasan("ptdump", raw)).toMatchObject({ code: 2, err: expect.stringMatching(/give --arch/) });
    const { code, out } = await kasan("ptdump", raw, "--arch", "x86_64");
    expect([code, out]).toEqual([0, (await kasan("ptdump", x86)).out]);
  });

  test("writes a map", async () => {
    const output = join(folder, "map.html");
    expect(await kasan("ptdump", x86, "--format", "html", "-o", output)).toMatchObject({ code: 0, out: "" });
    expect(readFileSync(output, "utf8")).toMatch(/<h2 id="[\w-]+">direct map<\/h2>/);
  });
});

/** Parts of a real kernel's memory; see the README beside it. */
const kernel = join(import.meta.dirname, "../../../packages/image/test/riscv64-kernel.elf.zst");

describe("kasan inspect of a real kernel", () => {
  test("says who allocated and freed an object, and prints the report", async () => {
    const { out: log } = await kasan("dmesg", kernel);
    const [, address] = [...log.matchAll(/The buggy address belongs to the object at ([0-9a-f]{16})/g)].at(-1)!;
    const { code, out } = await kasan("inspect", kernel, address!, "--access", "write:8");
    expect(code).toBe(0);
    expect(out).toContain("verdict   KASAN would report a write of size 8: slab-use-after-free\n");
    expect(out).toMatch(/^object {4}[0-9a-f]{16}, in quarantine: .* cache kmalloc-64 of size 64$/m);
    expect(out).toContain("BUG: KASAN: slab-use-after-free\nWrite of size 8 at addr");
    expect(out).toMatch(/^Allocated by task \d+ on cpu 0 at \d+\.\d{6}s:\n stack_trace_save\+/m);
    const free = await kasan("inspect", kernel, address!, "--access", "free");
    expect(free.out).toContain("verdict   KASAN would report a free: double-free\n");
  });

  test("takes names, and knows those that are alike", async () => {
    const { out } = await kasan("inspect", kernel, "init_task+0x40");
    expect(out).toContain("\nname      init_task+0x40/0xaa0\n");
    expect(await kasan("inspect", kernel, "init_tsk")).toMatchObject({
      code: 2,
      err: "kasan: init_tsk: the kernel has no such symbol (did you mean init_task?)\n",
    });
    const map = file("System.map", "ffffffff80001000 T first\nffffffff80002000 T second\n");
    expect((await kasan("inspect", kernel, "ffffffff80001008", "--symbols", map)).out).toContain("first+0x8/0x1000");
    expect(await kasan("inspect", kernel, "0", "--symbols", file("none", "x\n"))).toMatchObject({ code: 2 });
    const other = file("other.map", "ffffffff81000000 T _stext\nffffffff81000100 T kfree\n");
    expect(await kasan("inspect", kernel, "kfree", "--symbols", other)).toMatchObject({
      code: 2,
      err: "kasan: the symbols are those of another kernel: they have _stext at ffffffff81000000, the image at ffffffff80002000\n",
    });
  });

  test("takes a CPU's copy of a variable by its name", async () => {
    expect((await kasan("inspect", kernel, "runqueues+8:0")).out).toMatch(
      /^per-CPU +runqueues\+0x8\/0x[0-9a-f]+ of CPU 0$/m,
    );
    const wrong = {
      runqueues: /runqueues is a per-CPU variable; name the CPU too, like runqueues:0/,
      "runqueues:7": /the machine has no CPU 7/,
      "init_task:0": /init_task is no per-CPU variable/,
      "init task": /write hex digits, like ffff888000000000, or a name, like init_task\+0x40/,
    };
    for (const [text, message] of Object.entries(wrong))
      expect(await kasan("inspect", kernel, text)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });

  test("finds what points to an object", async () => {
    const { code, out } = await kasan("inspect", kernel, "init_task", "--find");
    expect(code).toBe(0);
    expect(out).toMatch(/^pointing to [0-9a-f]{16}-[0-9a-f]{16}:$/m);
    expect(out).toMatch(/^[0-9a-f]{16} -> [0-9a-f]{16} {2}in init_task\+0x[0-9a-f]+\/0xaa0$/m);
  });

  test("looks at all there is", async () => {
    const { code, out } = await kasan("inspect", kernel, "--scan");
    expect(code).toBe(0);
    expect(out).toMatch(/^shadow of direct map: \d+ pages of its own; granules:$/m);
    expect(out).toMatch(/^kmalloc-64 +\d+ +\d+ +\d+ +\d+ +\d+$/m);
    expect((await kasan("inspect", kernel, "0", "--scan")).code).toBe(2);
    expect((await kasan("inspect", kernel, "--scan", "--find")).code).toBe(2);
    for (const asked of [["--scan"], ["init_task", "--find"]]) {
      const { code: refused, err } = await kasan("inspect", kernel, ...asked, "--access", "write:8");
      expect([refused, err]).toEqual([2, expect.stringContaining("cannot be used with option '--access")]);
    }
  });

  test("writes that as pages", async () => {
    const scanned = await kasan("inspect", kernel, "--scan", "--format", "html");
    expect(scanned.out).toContain("<title>What riscv64-kernel.elf.zst has in shadow and slabs</title>");
    const found = await kasan("inspect", kernel, "init_task", "--find", "--format", "html");
    expect(found.out).toContain("<title>What points to addresses in riscv64-kernel.elf.zst</title>");
  });
});

describe("kasan dmesg", () => {
  test("prints a log that kasan explain reads", async () => {
    const { code, out } = await kasan("dmesg", kernel, "--caller");
    expect(code).toBe(0);
    expect(out.split("\n").at(-2)).toBe("[    8.939689][    T1]     TERM=linux");
    const explained = await kasan("explain", file("dmesg.txt", out));
    expect(explained.out).toContain("KASAN itself: slab-out-of-bounds in");
  });

  test("says so where there is no log", async () => {
    expect(await kasan("dmesg", arm)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^kasan: the kernel's log cannot be found: VMCOREINFO does not name it\n$/),
    });
  });
});

describe("kasan inspect", () => {
  test("follows an address", async () => {
    const { code, out } = await kasan("inspect", x86, "ffff888000003010", "--access", "write:8");
    expect(code).toBe(0);
    expect(out).toContain("region    direct map");
    expect(out).toContain(">ffff888000003000: 00 00 fb 00");
    expect(out).toContain("verdict   KASAN would report a write of size 8: slab-use-after-free\n");
  });

  test("JSON keeps to the schema", async () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema("inspect"));
    for (const addresses of [["f1ff000000003000"], ["0", "ffff800080000000"]]) {
      const { out } = await kasan("inspect", arm, ...addresses, "--format", "json");
      const json = JSON.parse(out);
      expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
      expect(json.addresses).toHaveLength(addresses.length);
      if (addresses.length === 1)
        expect(json.addresses).toMatchObject([{ verdict: { kind: "allowed" }, untagged: "0xffff000000003000" }]);
    }
  });

  test("says which table translates an address, and walks user space's where it is given", async () => {
    expect((await kasan("inspect", x86, "1000")).out).toMatch(/^root +CR3's table at physical 0x[0-9a-f]+$/m);
    const kernel = await kasan("inspect", arm, "ffff000000003000");
    expect(kernel.out).toMatch(/^root +TTBR1_EL1's table at physical 0x[0-9a-f]+$/m);
    const { out } = await kasan("inspect", arm, "3000");
    expect(out).toContain("root      TTBR0_EL1's table, which is not known");
    expect(out).toContain("not known: give the physical address in that register of the process with --user-root");
    expect(out).not.toContain("not mapped");
    // The kernel's own table, taken for a process's: it maps the same memory from 0 on.
    const root = /physical 0x([0-9a-f]+)$/m.exec(kernel.out)![1];
    const user = await kasan("inspect", arm, "3000", "--user-root", root);
    expect(user.out).toContain(`root      TTBR0_EL1's table at physical 0x${root}`);
    expect(/^physical +(\S+):/m.exec(user.out)![1]).toBe(/^physical +(\S+):/m.exec(kernel.out)![1]);
    const json = JSON.parse((await kasan("inspect", arm, "3000", "--format", "json")).out);
    expect(json.addresses).toMatchObject([{ root: { register: "TTBR0_EL1" }, unmapped: "no-root" }]);
    expect(await kasan("inspect", arm, "3000", "--user-root", "10")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/0x10, is not in the memory/),
    });
    expect(await kasan("inspect", x86, "3000", "--user-root", "1000")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/one root for kernel and user space/),
    });
  });

  test("refuses what is no address, and names what is missing", async () => {
    expect(await kasan("inspect", x86, "x:y")).toMatchObject({
      code: 2,
      err: 'kasan: "x:y" is not an address; write hex digits, like ffff888000000000, or a name, like init_task+0x40\n',
    });
    expect((await kasan("inspect", x86)).code).toBe(2);
    expect(await kasan("inspect", join(folder, "absent"), "0")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/absent: no such file\n$/),
    });
  });

  test("writes a page", async () => {
    const output = join(folder, "inspect.html");
    expect((await kasan("inspect", arm, "ffff000000003000", "--format", "html", "-o", output)).code).toBe(0);
    expect(readFileSync(output, "utf8")).toMatch(
      /<h2 id="address-1">ffff000000003000<\/h2>\n<p class="verdict"><span class="mark (?:good|bad)">KASAN would /,
    );
  });
});

test("help has examples", async () => {
  for (const command of ["ptdump", "inspect"]) {
    const { code, out } = await kasan(command, "--help");
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`Examples:\\n  kasan ${command} vmcore`));
  }
});
