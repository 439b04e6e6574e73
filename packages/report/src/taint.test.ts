import { expect, test } from "vitest";
import { formatTaint, formatTaintNames, TAINTS } from "./taint.ts";

test("no taint", () => {
  expect(formatTaint([])).toBe("Not tainted");
});

test("each reason has its position", () => {
  expect(formatTaint(["TEST", "BAD_PAGE"])).toBe("Tainted: G    B            N");
  expect(formatTaint(["PROPRIETARY_MODULE"])).toBe("Tainted: P                  ");
  expect(formatTaint(TAINTS.map(([name]) => name))).toBe("Tainted: PFSRMBUDAWCIOELKXTN");
});

test("names come in the order of the bits", () => {
  expect(formatTaintNames(["TEST", "BAD_PAGE", "OOT_MODULE"])).toBe("Tainted: [B]=BAD_PAGE, [O]=OOT_MODULE, [N]=TEST");
});
