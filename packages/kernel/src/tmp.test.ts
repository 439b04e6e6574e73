import { test } from "vitest";
import { boot } from "../test/machine.ts";
test("x", () => {
  const { call, log } = boot();
  for (const bits of [30n, 33n, 35n]) { const t = Date.now();
  call("__asan_loadN", 0xffffea0000000000n, 2n ** bits);
  console.log(bits, Date.now() - t, log[1]); }
});
