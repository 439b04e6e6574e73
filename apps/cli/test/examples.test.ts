import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { kasan, run } from "./harness.ts";

/**
 * Each example prints exactly what stands beside it: the kernel log, addresses and all. After a change that is meant,
 * `UPDATE_GOLDEN=1 npx vitest run apps/cli/test/examples.test.ts` writes the files anew; read the difference.
 */
const folder = relative(process.cwd(), join(import.meta.dirname, "../../../examples"));
const examples = readdirSync(folder).filter((name) => name.endsWith(".c"));

/** Milliseconds for a test that runs all examples, or compiles the kernel's own C too: half a minute on a busy machine. */
const LONG = 720_000;

describe("examples", () => {
  it("there are", () => expect(examples.length).toBeGreaterThan(10));

  it.each(examples)("%s", async (name) => {
    const { code, out } = await run(join(folder, name));
    const golden = join(folder, name.replace(/\.c$/, ".txt"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(existsSync(golden)).toBe(true);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(exitCodeFor(out));
  });

  it.each(examples)("%s finds the same with inline checks and 5-level page tables", async (name) => {
    const outline = await run(join(folder, name));
    const five = await run(join(folder, name), "--levels", "5");
    expect(titles(five.out)).toEqual(titles(outline.out));
    // Inline checks of a wild pointer fault in the check itself: an oops with KASAN's hint, and no report.
    if (outline.code === 3) return;
    const inline = await run(join(folder, name), "--instrument", "inline");
    expect(titles(inline.out)).toEqual(titles(outline.out));
  });
});

describe("examples with per-page shadow", () => {
  it("a page without shadow of its own is reported as others are", async () => {
    const { code, out } = await run(join(folder, "page_cache_use_after_free.c"), "--shadow-scheme", "per-page");
    const golden = join(folder, "per_page/page_cache_use_after_free.txt");
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(1);
  });

  it.each(["per-page", "per-page-zero"])(
    "all find the same under %s",
    async (scheme) => {
      for (const name of examples) {
        const { out } = await run(join(folder, name), "--shadow-scheme", scheme);
        const golden = readFileSync(join(folder, name.replace(/\.c$/, ".txt")), "utf8");
        expect(titles(out), name).toEqual(titles(golden));
      }
    },
    LONG,
  );
});

describe("examples on riscv64", () => {
  it.each(["slab_use_after_free.c", "wild_memory_access.c"])("%s", async (name) => {
    const { code, out } = await run(join(folder, name), "--arch", "riscv64");
    const golden = join(folder, "riscv64", name.replace(/\.c$/, ".txt"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(exitCodeFor(out));
  });

  it(
    "all find the same",
    async () => {
      for (const name of examples) {
        const { out } = await run(join(folder, name), "--arch", "riscv64");
        expect(titles(out), name).toEqual(titles(readFileSync(join(folder, name.replace(/\.c$/, ".txt")), "utf8")));
      }
    },
    LONG,
  );
});

/** Examples whose logs on arm64 stand in the folder of that name. */
const ARM64 = [
  "kmalloc_oob_right.c",
  "slab_use_after_free.c",
  "vmalloc_out_of_bounds.c",
  "stack_out_of_bounds.c",
  "wild_memory_access.c",
];

describe("examples on arm64", () => {
  it.each(ARM64)("%s", async (name) => {
    const { code, out } = await run(join(folder, name), "--arch", "arm64");
    const golden = join(folder, "arm64", name.replace(/\.c$/, ".txt"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(exitCodeFor(out));
  });

  it.each(["39", "52"])(
    "%s bits of address find the same",
    async (bits) => {
      const name = join(folder, "vmalloc_out_of_bounds.c");
      const { out } = await run(name, "--arch", "arm64", "--va-bits", bits);
      expect(titles(out)).toEqual(titles(readFileSync(join(folder, "arm64/vmalloc_out_of_bounds.txt"), "utf8")));
    },
    LONG,
  );

  it(
    "without KASAN there is no shadow, and nothing is found",
    async () => {
      const { code, out } = await run(join(folder, "kmalloc_oob_right.c"), "--arch", "arm64", "--mode", "off");
      expect({ code, bugs: titles(out) }).toEqual({ code: 0, bugs: [] });
    },
    LONG,
  );

  it.each([
    [["--va-bits", "60"], /36 to 52/],
    [["--levels", "5"], /--levels belongs to x86_64/],
  ])("refuses %s", async (options, message) => {
    const { code, err } = await run(join(folder, "no_bug.c"), "--arch", "arm64", ...options);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

/** Examples whose logs with software tags stand in the folder of that name. */
const SW_TAGS = ["kmalloc_oob_right.c", "slab_use_after_free.c", "double_free.c", "stack_out_of_bounds.c", "no_bug.c"];

describe("examples with software tags", () => {
  it.each(SW_TAGS)("%s", async (name) => {
    const { code, out, err } = await run(join(folder, name), "--arch", "arm64", "--mode", "sw_tags");
    const golden = join(folder, "sw_tags", name.replace(/\.c$/, ".txt"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(exitCodeFor(out));
    expect(err.includes("1 time in 254")).toBe(!out.includes("BUG: KASAN"));
  });

  it(
    "finds the same with checks in place, which call the kernel only where tags differ",
    async () => {
      const runWith = (how: string) => {
        const options = ["--arch", "arm64", "--mode", "sw_tags", "--instrument", how, "--seed", "1"];
        return run(join(folder, "slab_use_after_free.c"), ...options);
      };
      const [outline, inline] = await Promise.all([runWith("outline"), runWith("inline")]);
      expect([outline.code, inline.code]).toEqual([1, 1]);
      expect(inline.out).toMatch(/kasan_report.*\n.*kasan_tag_mismatch.*\n.*__hwasan_tag_mismatch.*\n.*uaf_exit/);
      const title = /BUG: KASAN: .* in \w+/;
      expect(title.exec(inline.out)?.[0]).toBe(title.exec(outline.out)?.[0]);
    },
    LONG,
  );

  it("faults on shadow that is not mapped, with checks in place", async () => {
    const options = ["--arch", "arm64", "--mode", "sw_tags", "--instrument", "inline"];
    const { code, out } = await run(join(folder, "null_ptr_deref.c"), ...options);
    expect(code).toBe(3);
    expect(out).toContain("KASAN: maybe wild-memory-access in range [0xff00000000000000-0xff0000000000000f]");
  });

  it.each([[["--mode", "sw_tags"], /give --arch arm64/]])("refuses %s", async (options, message) => {
    const { code, err } = await run(join(folder, "no_bug.c"), ...options);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

/** Examples whose logs with hardware tags stand in the folder of that name, and boot parameters. */
const HW_TAGS: [name: string, suffix: string, parameters: string[]][] = [
  ["kmalloc_oob_right.c", "", []],
  ["slab_use_after_free.c", "", []],
  ["slab_use_after_free.c", "_async", ["kasan.mode=async"]],
  ["double_free.c", "", []],
  ["vmalloc_out_of_bounds.c", "", ["kasan.stacktrace=off"]],
  ["no_bug.c", "", []],
];

describe("examples with hardware tags", () => {
  const runWith = (name: string, ...parameters: string[]) => {
    const options = parameters.flatMap((parameter) => ["--boot-param", parameter]);
    return run(join(folder, name), "--arch", "arm64", "--mode", "hw_tags", ...options);
  };

  it.each(HW_TAGS)("%s%s", async (name, suffix, parameters) => {
    const { code, out, err } = await runWith(name, ...parameters);
    const golden = join(folder, "hw_tags", name.replace(/\.c$/, `${suffix}.txt`));
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, out);
    expect(out).toBe(readFileSync(golden, "utf8"));
    expect(code).toBe(exitCodeFor(out));
    expect(err.includes("1 time in 14")).toBe(!out.includes("BUG: KASAN"));
  });

  it("lines printed before anything is loaded have no source lines, later ones do", async () => {
    const { code, out } = await kasan(
      "run",
      join(folder, "slab_use_after_free.c"),
      "--arch",
      "arm64",
      "--mode",
      "hw_tags",
    );
    expect(out).toMatch(/\] kasan: KernelAddressSanitizer initialized/);
    expect(out).toMatch(/BUG: KASAN: .*slab_use_after_free\.c:\d+/);
    expect(code).toBe(1);
  });

  it("kasan.fault=panic, panic_on_write, kasan=off, kasan.write_only", async () => {
    const uaf = "slab_use_after_free.c";
    expect(await runWith(uaf, "kasan.fault=panic")).toMatchObject({
      out: expect.stringContaining("kasan.fault=panic set ..."),
    });
    const off = await runWith(uaf, "kasan=off");
    expect([off.code, off.out.includes("KASAN"), off.out.includes("KernelAddressSanitizer")]).toEqual([
      0,
      false,
      false,
    ]);
    // It reads.
    const writes = await runWith(uaf, "kasan.write_only=on");
    expect(writes.out).toContain("write_only=on");
    expect(titles(writes.out)).toEqual([]);
  });

  it.each([
    [["--mode", "hw_tags"], /give --arch arm64/],
    [
      ["--mode", "hw_tags", "--arch", "arm64", "--boot-param", "kasan.mode=maybe"],
      /its values are: sync, async, asymm/,
    ],
    [["--mode", "hw_tags", "--arch", "arm64", "--boot-param", "kasan.mod=sync"], /no boot parameter "kasan.mod"/],
    [["--mode", "hw_tags", "--arch", "arm64", "--boot-param", "kasan.page_alloc.sample=0"], /a number from 1 on/],
    [["--boot-param", "kasan.mode=sync"], /means nothing in mode generic; it is of hw_tags/],
  ])("refuses %s", async (options, message) => {
    const { code, err } = await run(join(folder, "no_bug.c"), ...options);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});

/** Titles without offsets, which differ between ways to compile. */
const titles = (log: string): string[] => [...log.matchAll(/BUG: (KASAN: .*?)\+0x/g)].map(([, title]) => title);

function exitCodeFor(log: string): number {
  if (log.includes("---[ end trace")) return 3;
  if (/^\[.*\] not ok /m.test(log)) return 1;
  return log.includes("BUG: KASAN:") ? 1 : 0;
}
