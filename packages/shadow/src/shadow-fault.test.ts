import { expect, test } from "vitest";
import { shadowOf, X86_64_GENERIC } from "./layout.ts";
import { explainShadowFault } from "./shadow-fault.ts";
import { parseVersion } from "./version.ts";

test.each([
  [0x0n, "null-ptr-deref"],
  [0xfffn, "null-ptr-deref"],
  [0x1000n, "probably user-memory-access"],
  [0x7fff_ffff_ef88n, "probably user-memory-access"],
  [0xffff_8000_0000_0000n, "probably wild-memory-access"],
  [0xdead_0000_0000_0100n, "maybe wild-memory-access"],
])("the shadow of %s: %s", (address, type) => {
  const start = address - (address % 8n);
  const fault = explainShadowFault(X86_64_GENERIC, shadowOf(X86_64_GENERIC, address));
  expect(fault).toEqual({ type, first: start, last: start + 7n });
});

test("what lies below all shadow is no shadow", () => {
  expect(explainShadowFault(X86_64_GENERIC, 0xdffffc0000000000n - 1n)).toBeUndefined();
});

test("before 6.8 no kernel was sure of a wild access", () => {
  const shadow = shadowOf(X86_64_GENERIC, 0xffff800000000000n);
  expect(explainShadowFault(X86_64_GENERIC, shadow, undefined, parseVersion("6.7"))?.type).toBe(
    "maybe wild-memory-access",
  );
});
