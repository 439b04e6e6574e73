import { x86_64 } from "@kasan/arch-x86";
import { Machine } from "@kasan/kernel";
import { KasanError } from "@kasan/shadow";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { compile, entryPoints, Loader, parseModule, readSources, runModule, startTask } from "../src/index.ts";
import { cache, withFiles } from "./harness.ts";

const architecture = x86_64({ levels: 4 });
const SOURCE = `
  typedef unsigned long u64;
  void *__kmalloc_noprof(u64 size, unsigned flags); void kfree(const void *p); int _printk(const char *format, ...);
  static int table[64]; static u64 count;
  static int add(int x) { return x + table[x & 63]; }
  static int (*volatile f)(int) = add;
  int init_module(void) {
    int *p = __kmalloc_noprof(400, 0xcc0);
    for (int i = 0; i < 100; i++) { p[i] = f(i); table[i & 63] += p[i]; }
    __builtin_memcpy(table, p, 64 * sizeof(int));
    __atomic_fetch_add(&count, 3, __ATOMIC_SEQ_CST);
    _printk("%d %ld\\n", table[5], count);
    kfree(p);
    return 0;
  }`;

let module: Uint8Array;
beforeAll(async () => {
  module = await withFiles({ "fuzz.c": SOURCE }, async (paths) => {
    const options = {
      instrument: "outline",
      shadowOffset: architecture.layout.shadowOffset,
      optimize: "2",
      useAfterScope: true,
      defines: [],
      includes: [],
    } as const;
    return (await compile(await readSources(paths, []), options, cache)).wasm;
  });
});

function boot(): Machine {
  const machine = new Machine({
    architecture,
    memoryBytes: 16 * 2 ** 20,
    mode: "generic",
    seed: 0,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
    log: () => {},
  });
  startTask(machine);
  return machine;
}

/** Loads and runs bytes; anything thrown must be an error about the input. @returns how it ended */
async function attempt(bytes: Uint8Array): Promise<string> {
  const machine = boot();
  try {
    const loader = await Loader.create(machine);
    if (loader.missing(parseModule(bytes)).length > 0) return "missing";
    const loaded = await loader.load(bytes, "fuzz");
    entryPoints(loaded, undefined);
    const { stopped } = runModule(loader, { module: loaded }, { parameters: [], timeout: 0.2 });
    return stopped ?? "ran";
  } catch (error) {
    if (!(error instanceof KasanError)) throw error;
    return error.code;
  } finally {
    // The buffer's last bytes are unused: whatever the guest does, they stay zero.
    const { u8 } = machine.ram;
    expect(u8.subarray(u8.length - 4096).every((byte) => byte === 0)).toBe(true);
  }
}

it("runs the module unchanged", async () => {
  expect(await attempt(module)).toBe("ran");
});

it("takes any damage to a module: an error about it, or a guest that stays in its machine", async () => {
  const seen = new Set<string>();
  const { codeStart, codeEnd } = parseModule(module);
  const change = fc.noBias(
    fc.record({ at: fc.integer({ min: codeStart - 300, max: codeEnd - 1 }), byte: fc.nat(255) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = module.slice();
      for (const { at, byte } of changes) bytes[Math.max(8, at)] = byte;
      seen.add(await attempt(bytes));
    }),
    { numRuns: 400, seed: 1 },
  );
  // Several kinds of damage must occur, or the test shows nothing.
  expect([...seen]).toEqual(expect.arrayContaining(["ran", "oops", "WASM_INVALID", "WASM_MALFORMED"]));
}, 480_000);

it("takes a module that breaks off anywhere", async () => {
  for (let length = 0; length < module.length; length += 97) {
    await attempt(module.slice(0, length));
  }
});
