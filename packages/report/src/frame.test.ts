import { expect, test } from "vitest";
import { formatFrame } from "./frame.ts";

test("a frame with a symbol, with a module, and with neither", () => {
  expect(formatFrame({ symbol: "kfree", offset: 0x188, size: 0x1f3, reliable: true })).toBe("kfree+0x188/0x1f3");
  expect(formatFrame({ symbol: "f", offset: 0, size: 0x224, module: "m", reliable: false })).toBe("f+0x0/0x224 [m]");
  expect(formatFrame({ address: 0xffffffff81000000n, reliable: true })).toBe("0xffffffff81000000");
  expect(formatFrame({ reliable: true })).toBe("0x0");
});
