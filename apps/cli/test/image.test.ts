import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeCore } from "@kasan/image";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { armMachine, x86Machine } from "../../../packages/image/test/machine.ts";
import { kasan, scratch } from "./harness.ts";

const { folder, file, remove } = scratch();
afterAll(remove);
const schema = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../packages/image/schema/${name}.schema.json`, import.meta.url), "utf8"));
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
      ["--page", "x"],
    ]) {
      expect((await kasan("ptdump", x86, ...wrong)).code).toBe(2);
    }
  });

  test("JSON keeps to the schema", async () => {
    const validate = new Ajv2020({ strict: true }).compile(schema("ptdump"));
    for (const args of [[x86], [arm], [x86, "--physical", "ff000"]]) {
      const { out } = await kasan("ptdump", ...args, "--json");
      expect(validate(JSON.parse(out)), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  test("raw memory needs an architecture, and finds its tables", async () => {
    expect(await kasan("ptdump", raw)).toMatchObject({ code: 2, err: expect.stringMatching(/give --arch/) });
    const { code, out } = await kasan("ptdump", raw, "--arch", "x86-64");
    expect([code, out]).toEqual([0, (await kasan("ptdump", x86)).out]);
  });

  test("writes a map", async () => {
    const output = join(folder, "map.html");
    expect(await kasan("ptdump", x86, "--html", output)).toMatchObject({ code: 0, out: "" });
    expect(readFileSync(output, "utf8")).toContain("<h2>direct map</h2>");
  });
});

describe("kasan inspect", () => {
  test("follows an address", async () => {
    const { code, out } = await kasan("inspect", x86, "ffff888000003010", "--size", "8", "--write");
    expect(code).toBe(0);
    expect(out).toContain("region    direct map");
    expect(out).toContain(">ffff888000003000: 00 00 fb 00");
    expect(out).toContain("verdict   KASAN would report a write of size 8: slab-use-after-free\n");
  });

  test("JSON keeps to the schema", async () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema("inspect"));
    for (const addresses of [["f1ff000000003000"], ["0", "ffff800080000000"]]) {
      const { out } = await kasan("inspect", arm, ...addresses, "--json");
      const json = JSON.parse(out);
      expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
      if (addresses.length === 1)
        expect(json).toMatchObject({ verdict: { kind: "allowed" }, untagged: "0xffff000000003000" });
      else expect(json).toHaveLength(2);
    }
  });

  test("refuses what is no address, and names what is missing", async () => {
    expect((await kasan("inspect", x86, "xyz")).code).toBe(2);
    expect((await kasan("inspect", x86)).code).toBe(2);
    expect(await kasan("inspect", join(folder, "absent"), "0")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/absent: no such file\n$/),
    });
  });

  test("writes a page", async () => {
    const output = join(folder, "inspect.html");
    expect((await kasan("inspect", arm, "ffff000000003000", "--html", output)).code).toBe(0);
    expect(readFileSync(output, "utf8")).toContain("ffff000000003000");
  });
});

test("help has examples", async () => {
  for (const command of ["ptdump", "inspect"]) {
    const { code, out } = await kasan(command, "--help");
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`Examples:\\n  kasan ${command} vmcore`));
  }
});
