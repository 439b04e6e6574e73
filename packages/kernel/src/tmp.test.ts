import fc from "fast-check";
import { writeFileSync } from "node:fs";
import { test } from "vitest";
import { boot, stopped } from "../test/machine.ts";
test("fuzz", () => {
  const wild = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(0n, 1n, 16n, 0xffff888000000000n, 0xffff888000800000n, 0xffffc90000000000n, 0xffffea0000000000n),
    fc.constantFrom(0xffffffff81000000n, 0xffffec0000000000n, 0xfffffbfff0000000n, 2n ** 64n - 1n, 2n ** 63n),
    fc.bigInt({ min: 0n, max: 100n }),
    fc.integer({min: 0, max: 63}).map((b) => 2n ** BigInt(b)),
    fc.bigInt({ min: 0xffff888000000000n, max: 0xffff888001000000n }),
  );
  const names = Object.keys(boot().functions);
  const end = Date.now() + 150000;
  let runs = 0;
  for (const mode of ["generic", "off"] as const) for (let i = 0; i < 40 && Date.now() < end; i++)
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...names), fc.array(wild, { maxLength: 5 })), { maxLength: 6 }), (calls) => {
      const { call } = boot({ mode });
      call("__kmalloc_noprof", 64, 0xcc0);
      runs++;
      const t = Date.now();
      writeFileSync("/tmp/fuzz-now.txt", `${mode} ${calls.map(([n, a]) => `${n}(${a.map((x) => x.toString(16))})`).join(" ; ")}`);
      stopped(() => { for (const [name, args] of calls) call(name, ...args); });
      if (Date.now() - t > 1000) console.log("SLOW", Date.now() - t, calls);
    }), { numRuns: 500 });
  console.log("runs", runs);
}, 300000);
