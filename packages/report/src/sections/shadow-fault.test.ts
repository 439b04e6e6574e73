import { expect, test } from "vitest";
import { readLines } from "../../test/read.ts";
import { shadowFault } from "./shadow-fault.ts";

test("the hint names the bug of an oops", () => {
  const line = "KASAN: probably user-memory-access in range [0x0000000000001000-0x0000000000001007]";
  const { fields, roles } = readLines([line], "oops");
  const fault = { type: "probably user-memory-access", first: 0x1000n, last: 0x1007n };
  expect(fields).toMatchObject({ bugType: "user-memory-access", shadowFault: fault });
  expect(roles).toEqual(["shadow-fault"]);
  expect(shadowFault.why?.(fields)).toMatch(/^If it guesses right, .* null pointer/);
});

test("before 5.6 the hint did not say where", () => {
  const { fields } = readLines(
    [
      "kasan: CONFIG_KASAN_INLINE enabled",
      "kasan: GPF could be caused by NULL-ptr deref or user memory access",
      "general protection fault: 0000 [#1] SMP KASAN",
      "RIP: 0010:f+0x1/0x2",
      "Kernel panic - not syncing: Fatal exception",
    ],
    "oops",
  );
  expect(fields.shadowFault).toEqual({ type: "NULL-ptr deref or user memory access" });
  expect(fields).toMatchObject({
    bugType: "general-protection-fault",
    oops: "general protection fault: 0000 [#1] SMP KASAN",
    function: { symbol: "f" },
    panic: "Fatal exception",
  });
  expect(shadowFault.why?.(fields)).toContain("null pointer");
});
