import { describe, expect, it } from "vitest";
import { runC } from "./harness.ts";

const CASES: Record<string, { source: string; log: string[] }> = {
  "function pointers: static, external, from a table, through a callback": {
    source: `
      static noinline int twice(int x) { return 2 * x; }
      noinline int thrice(int x) { return 3 * x; }
      static int (*const table[])(int) = { twice, thrice };
      static noinline int apply(int (*f)(int), int x) { return f(x); }
      int init_module(void) {
        volatile int i = 1;
        _printk("%d %d %d\\n", apply(twice, 5), apply(thrice, 5), table[i](7));
        _printk("%d\\n", table[0] != table[1] && table[0] == twice);
        return 0;
      }`,
    log: ["10 15 21", "1"],
  },
  "variadic functions": {
    source: `
      static noinline long sum(int n, ...) {
        __builtin_va_list list; long total = 0;
        __builtin_va_start(list, n);
        while (n--) { total += __builtin_va_arg(list, int); total += __builtin_va_arg(list, long); }
        __builtin_va_end(list);
        return total;
      }
      int init_module(void) {
        _printk("%ld\\n", sum(3, 1, 10L, 2, 20L, 3, 1L << 40));
        _printk("%d %s %ld %c %x\\n", -1, "text", -5000000000L, 'z', 255);
        return 0;
      }`,
    log: ["1099511627812", "-1 text -5000000000 z ff"],
  },
  "pointers: hashed, and NULL and errors as they are; what a text cannot show says so": {
    source: `
      int init_module(void) {
        unsigned int flags = 0x920;
        char *p = (char *)0xffff888000a13030;
        _printk("%p %p %pK %p\\n", p, (void *)0, p, (void *)-12L);
        _printk("%pe %px %pR %pGg %*pE\\n", (void *)-12L, p, p, &flags, 3, "a\\nb");
        return 0;
      }`,
    log: [
      "0000000093c8f6ca 0000000000000000 0000000093c8f6ca fffffffffffffff4",
      "-ENOMEM ffff888000a13030 (%pR?) GFP_ATOMIC|__GFP_ZERO a\\nb",
    ],
  },
  "structures by value": {
    source: `
      struct big { long a[9]; };
      static noinline struct big make(long x) { struct big b; for (int i = 0; i < 9; i++) b.a[i] = x * i; return b; }
      static noinline long total(struct big b) { long t = 0; for (int i = 0; i < 9; i++) t += b.a[i]; return t; }
      int init_module(void) { _printk("%ld\\n", total(make(7))); return 0; }`,
    log: ["252"],
  },
  "128-bit accesses": {
    source: `
      typedef unsigned __int128 u128;
      static noinline void store(u128 *p, u64 x) { *p = ((u128)x << 64) | ~x; }
      int init_module(void) {
        u128 *p = __kmalloc_noprof(16, 0xcc0);
        store(p, 0x123456789abcdef0);
        _printk("%lx %lx\\n", (u64)(*p >> 64), (u64)*p);
        kfree(p);
        return 0;
      }`,
    log: ["123456789abcdef0 edcba9876543210f"],
  },
  "vectors of 16 bytes": {
    source: `
      typedef int v4 __attribute__((vector_size(16)));
      static noinline v4 add(v4 *a, v4 *b) { return *a + *b; }
      int init_module(void) {
        v4 a = { 1, 2, 3, 4 }, b = { 10, 20, 30, 40 }, c = add(&a, &b);
        _printk("%d %d %d %d\\n", c[0], c[1], c[2], c[3]);
        return 0;
      }`,
    log: ["11 22 33 44"],
  },
  "atomics of all widths": {
    source: `
      static u8 a; static u16 b; static u32 c; static u64 d;
      int init_module(void) {
        u64 expected = 7;
        __atomic_fetch_add(&a, 200, __ATOMIC_SEQ_CST); __atomic_fetch_add(&a, 100, __ATOMIC_SEQ_CST);
        __atomic_fetch_or(&b, 0x8001, __ATOMIC_SEQ_CST); __atomic_fetch_xor(&b, 1, __ATOMIC_SEQ_CST);
        __atomic_store_n(&c, 5, __ATOMIC_RELEASE);
        u32 old = __atomic_exchange_n(&c, 9, __ATOMIC_SEQ_CST);
        d = 7;
        int swapped = __atomic_compare_exchange_n(&d, &expected, 1UL << 40, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        int again = __atomic_compare_exchange_n(&d, &expected, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        _printk("%d %x %d %d %d %d %lx\\n", a, b, old, c, swapped, again, __atomic_load_n(&d, __ATOMIC_ACQUIRE));
        return 0;
      }`,
    log: ["44 8000 5 9 1 0 10000000000"],
  },
  "memory copies, overlapping and across pages": {
    source: `
      int init_module(void) {
        u8 *p = vmalloc_noprof(3 * 4096); u64 sum = 0; u64 n = 8000; hide(n);
        for (u64 i = 0; i < 3 * 4096; i++) p[i] = i * 7;
        __builtin_memmove(p + 100, p, n);
        __builtin_memmove(p, p + 4000, n);
        __builtin_memset(p + 4090, 0xab, n - 7990);
        for (u64 i = 0; i < 3 * 4096; i++) sum = sum * 31 + p[i];
        _printk("%lx\\n", sum);
        vfree(p);
        return 0;
      }`,
    log: [checksumOfCopies()],
  },
  "accesses across pages, loads and stores of each width": {
    source: `
      struct __attribute__((packed)) wide { u64 x; }; struct __attribute__((packed)) half { u16 x; }; struct __attribute__((packed)) f { double x; };
      int init_module(void) {
        u8 *p = vmalloc_noprof(2 * 4096), *q = p + 4096; hide(q);
        ((struct wide *)(q - 3))->x = 0x1122334455667788;
        ((struct half *)(q + 4095 - 4096))->x ^= 0xffff;
        ((struct f *)(q - 5 + 100))->x = 1.5;
        _printk("%lx %x %x\\n", ((struct wide *)(q - 3))->x, q[-1], q[0]);
        ((struct f *)(q - 5))->x = 2.5;
        _printk("%d %x\\n", (int)(((struct f *)(q - 5))->x * 2), q[2]);
        vfree(p);
        return 0;
      }`,
    log: ["11223344aa997788 99 aa", "5 40"],
  },
  "relocated data: pointers to data and functions, strings": {
    source: `
      static int value = 42; static int *const pointer = &value;
      static int get(void) { return *pointer; }
      static const struct { const char *name; int (*get)(void); } ops[] = { { "first", get } };
      int init_module(void) { volatile int i = 0; _printk("%s %d\\n", ops[i].name, ops[i].get()); return 0; }`,
    log: ["first 42"],
  },
};

/** The same copies in TypeScript. */
function checksumOfCopies(): string {
  const p = Uint8Array.from({ length: 3 * 4096 }, (_, i) => i * 7);
  p.copyWithin(100, 0, 8000);
  p.copyWithin(0, 4000, 12000);
  p.fill(0xab, 4090, 4100);
  return p.reduce((sum, byte) => BigInt.asUintN(64, sum * 31n + BigInt(byte)), 0n).toString(16);
}

describe.each(["outline", "inline", "off"] as const)("C compiled with checks %s", (instrument) => {
  it.each(Object.entries(CASES))("%s", async (_, { source, log }) => {
    const ran = await runC(source, { instrument });
    expect(ran.lines).toEqual(log);
    expect(ran.stopped).toBeUndefined();
  });
});

it("runs the same on 5-level page tables", async () => {
  const ran = await runC(CASES["atomics of all widths"].source, { levels: 5 });
  expect(ran.lines).toEqual(CASES["atomics of all widths"].log);
});

it("on arm64, division by zero gives 0 and its remainder is the dividend; the lowest number by -1 is itself", async () => {
  const source = `
    int init_module(void) {
      volatile int n = -7, zero = 0, minus = -1, low = -2147483647 - 1;
      volatile unsigned u = 7, none = 0;
      volatile long ln = -7, lzero = 0, lminus = -1, llow = -0x7fffffffffffffff - 1;
      volatile u64 lu = 7, lnone = 0;
      _printk("%d %d %u %u %d %d\\n", n / zero, n % zero, u / none, u % none, low / minus, n / minus);
      _printk("%ld %ld %lu %lu %lx %ld\\n", ln / lzero, ln % lzero, lu / lnone, lu % lnone, llow / lminus, ln / lminus);
      _printk("%d %d %u %u %ld %ld\\n", n / 2, n % 2, u / 2, u % 4, ln / 3, ln % 3);
      return 0;
    }`;
  const { lines, stopped } = await runC(source, { arm64: {} });
  expect(stopped).toBeUndefined();
  expect(lines).toEqual(["0 -7 0 7 -2147483648 7", "0 -7 0 7 8000000000000000 7", "-3 -1 3 3 -2 -1"]);
});
