import { describe, expect, it } from "vitest";
import { runC } from "./harness.ts";

/** Reads and writes every access of 1, 2, 4 and 8 bytes from 12 bytes before to 12 bytes behind an object of 13 bytes. */
const SWEEP = `
  #define TRY(type) do { \\
    for (int at = -12; at < 25; at++) { \\
      struct __attribute__((packed)) any { type x; } *p = (void *)(object + at); hide(p); \\
      _printk("%d %d\\n", (int)sizeof(type), at); \\
      (void)*(volatile type *)&p->x; \\
    } } while (0)
  int init_module(void) {
    __kmalloc_noprof(13, 0xcc0); /* what lies before the object is then another's redzone */
    char *object = __kmalloc_noprof(13, 0xcc0);
    TRY(u8); TRY(u16); TRY(u32); TRY(u64);
    return 0;
  }`;

describe.each(["outline", "inline"] as const)("checks %s", (instrument) => {
  it("report exactly the accesses that touch a byte outside the object", async () => {
    const ran = await runC(SWEEP, { instrument });
    const announced: { size: number; at: number; reported: boolean }[] = [];
    for (const text of ran.lines) {
      const match = /^(\d) (-?\d+)$/.exec(text);
      if (match) announced.push({ size: Number(match[1]), at: Number(match[2]), reported: false });
      else if (text.startsWith("BUG: KASAN:")) (announced.at(-1) as { reported: boolean }).reported = true;
    }
    expect(announced).toHaveLength(4 * 37);
    const wrong = announced.filter(({ size, at, reported }) => {
      return reported !== (at < 0 || at + size > 13);
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ["slab-out-of-bounds", "Write", 1, `char *p = __kmalloc_noprof(115, 0xcc0); p[i + 115] = 1;`],
    ["slab-use-after-free", "Read", 4, `int *p = __kmalloc_noprof(64, 0xcc0); kfree(p); (void)*(volatile int *)p;`],
    ["global-out-of-bounds", "Write", 4, `static int g[10]; ((volatile int *)g)[i + 10] = 1;`],
    ["stack-out-of-bounds", "Read", 1, `volatile char a[10]; a[0] = 1; (void)a[i + 10];`],
    ["alloca-out-of-bounds", "Write", 1, `volatile char a[i + 11]; a[i + 11] = 1;`],
    ["use-after-scope", "Write", 4, `volatile int *p; { volatile int x = 1; p = &x; } *p = 2;`],
    ["vmalloc-out-of-bounds", "Read", 8, `long *p = vmalloc_noprof(4000); (void)((volatile long *)p)[i + 500];`],
  ])("%s", async (bugType, kind, size, statements) => {
    const ran = await runC(
      `static noinline void bug(long i) { ${statements} } int init_module(void) { volatile long i = 0; bug(i); return 0; }`,
      {
        instrument,
      },
    );
    expect(ran.reports.map((report) => [report.bugType, report.access.kind, Number(report.access.size)])).toEqual([
      [bugType, kind, size],
    ]);
    expect(ran.reports[0].function.symbol).toBe("bug");
    expect(ran.stopped).toBeUndefined();
  });
});

const SILENCED = `
  void kasan_disable_current(void); void kasan_enable_current(void); void *memset(void *, int, u64);
  int init_module(void) {
    char *object = __kmalloc_noprof(13, 0xcc0);
    volatile char *p = object; hide(p);
    kasan_disable_current();
    kasan_disable_current();
    (void)p[13];
    kasan_enable_current();
    (void)p[13];
    memset(object, 1, 14);
    _printk("%d\\n", object[12]);
    kfree(object + 1);
    kasan_enable_current();
    (void)p[13];
    return 0;
  }`;

it.each([
  ["generic", "outline", "slab-out-of-bounds"],
  ["generic", "inline", "slab-out-of-bounds"],
  ["sw_tags", "outline", "invalid-access"],
] as const)("a task that disables reports gets none, but for invalid frees (%s, %s)", async (mode, instrument, bug) => {
  const arm64 = mode === "sw_tags" ? { arm64: { kasan: mode } } : {};
  const ran = await runC(SILENCED.replaceAll("13]", mode === "sw_tags" ? "16]" : "13]"), {
    mode,
    instrument,
    ...arm64,
  });
  expect(ran.lines[0]).toBe("1");
  expect(ran.reports.map(({ bugType }) => bugType)).toEqual(["invalid-free", bug]);
});

describe("wild pointers", () => {
  const source = (address: string) =>
    `int init_module(void) { u64 a = ${address}; hide(a); return *(volatile int *)a; }`;
  it.each([
    ["0x8", "null-ptr-deref"],
    ["0x7f0012345678", "user-memory-access"],
    ["0x1000000000000000", "user-memory-access"],
    ["0xdead000000000100", "wild-memory-access"],
  ])("outlined: %s is a %s", async (address, bugType) => {
    const ran = await runC(source(address));
    expect(ran.reports[0].bugType).toBe(address.startsWith("0x1000") ? "wild-memory-access" : bugType);
    expect(ran.stopped).toBe("oops");
  });

  it.each([
    ["0x8", "null-ptr-deref"],
    ["0x7f0012345678", "probably user-memory-access"],
    ["0xdead000000000100", "maybe wild-memory-access"],
  ])("inline: %s is an oops with KASAN's hint", async (address, hint) => {
    const ran = await runC(source(address), { instrument: "inline" });
    expect(ran.stopped).toBe("oops");
    expect(ran.lines.some((text) => text.startsWith(`KASAN: ${hint} in range [0x`))).toBe(true);
    expect(
      ran.lines.some((text) =>
        text.startsWith("Oops: general protection fault, probably for non-canonical address 0x"),
      ),
    ).toBe(true);
  });
});

describe("what ends a guest", () => {
  it("an endless loop, with the stack it was in", async () => {
    const ran = await runC(
      `static noinline void spin(void) { for (;;) __asm__ volatile(""); } int init_module(void) { spin(); return 0; }`,
      {
        timeout: 0.3,
      },
    );
    expect(ran.stopped).toBe("timeout");
    expect(ran.lines[0]).toMatch(/^watchdog: BUG: soft lockup - CPU#0 stuck for \d+s! \[insmod:100\]$/);
    expect(ran.lines.some((text) => /^ init_module\+0x/.test(text))).toBe(true);
    expect(ran.lines.some((text) => /^ spin\+0x/.test(text))).toBe(true);
  });

  it("calls without end", async () => {
    const ran = await runC(
      `static noinline long fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); } int init_module(void) { volatile long n = 90; return fib(n); }`,
      { timeout: 0.3 },
    );
    expect(ran.stopped).toBe("timeout");
  });

  it.each(["outline", "inline", "off"] as const)("a stack overflow meets the guard page (%s)", async (instrument) => {
    const ran = await runC(
      `static noinline int deep(int n) { volatile char a[500]; a[n & 255] = n; return deep(n + 1) + a[3]; } int init_module(void) { return deep(0); }`,
      { instrument },
    );
    expect(ran.stopped).toBe("oops");
    expect(
      ran.lines.some((text) =>
        /^BUG: TASK stack guard page was hit at [0-9a-f]{16} \(stack is [0-9a-f]{16}\.\.[0-9a-f]{16}\)$/.test(text),
      ),
    ).toBe(true);
  });

  it("recursion without a frame uses up the stack too", async () => {
    const ran = await runC(
      `noinline int deep(int n) { hide(n); return deep(n + 1) * 3 + n; } int init_module(void) { return deep(0); }`,
    );
    expect(ran.stopped).toBe("oops");
    expect(ran.lines.some((text) => text.includes("stack guard page was hit"))).toBe(true);
  });

  it("a division by zero", async () => {
    const ran = await runC(
      `static noinline int over(int n) { return 7 / n; } int init_module(void) { volatile int z = 0; return over(z); }`,
    );
    expect(ran.lines.some((text) => text.startsWith("Oops: divide error: 0000 [#1]"))).toBe(true);
    expect(ran.lines).toContainEqual(expect.stringMatching(/^RIP: 0010:over\+0x/));
  });

  it("a call through a bad pointer", async () => {
    const ran = await runC(`int init_module(void) { u64 a = 0x1234; hide(a); ((void (*)(void))a)(); return 0; }`);
    expect(ran.stopped).toBe("oops");
    expect(ran.lines).toContain("#PF: supervisor instruction fetch in kernel mode");
  });

  it("nothing that it frees wrongly", async () => {
    const ran = await runC(`int init_module(void) { kfree((void *)vmalloc_noprof(10)); return 0; }`);
    expect(ran.stopped).toBe("oops");
  });
});

it("goes on when memory is short", async () => {
  const ran = await runC(
    `int init_module(void) { int n = 0; while (__kmalloc_noprof(1 << 20, 0xcc0)) n++; _printk("%d\\n", n > 3 && n < 16); return 0; }`,
    { memoryBytes: 16 * 2 ** 20 },
  );
  expect(ran.lines).toEqual(["1"]);
});

it("leaves a file uninstrumented that says so", async () => {
  const body = `int init_module(void) { char *p = __kmalloc_noprof(8, 0xcc0); volatile int i = 8; return ((volatile char *)p)[i] & 0; }`;
  expect((await runC(body)).reports).toHaveLength(1);
  expect((await runC(`// KASAN_SANITIZE := n\n${body}`)).reports).toHaveLength(0);
});

it("is deterministic, byte for byte", async () => {
  const source = `int init_module(void) { char *p = __kmalloc_noprof(8, 0xcc0); kfree(p); volatile int i = 0; return ((volatile char *)p)[i] & 0; }`;
  const [a, b] = [await runC(source), await runC(source)];
  expect(a.lines).toEqual(b.lines);
});
