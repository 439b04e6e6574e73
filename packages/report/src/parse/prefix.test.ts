import { expect, test } from "vitest";
import { clean, peel } from "./prefix.ts";

test.each([
  ["BUG: KASAN", "BUG: KASAN", ""],
  ["[   12.345678] BUG: KASAN\r\n", "BUG: KASAN", "console"],
  ["[   12.345678][ T1234] BUG: KASAN", "BUG: KASAN", "T1234"],
  ["[   12.345678][    C1]  frame", " frame", "C1"],
  ["<3>[   12.345678] BUG: KASAN", "BUG: KASAN", "console"],
  ["<3> ffff888000a59800: 00 00", " ffff888000a59800: 00 00", "console"],
  ["<6> [   12.345678] BUG: KASAN", "BUG: KASAN", "console"],
  ["[Mon Jan  1 00:00:00 2024] BUG: KASAN", "BUG: KASAN", "console"],
  ["Jan  1 00:00:00 host kernel: [   12.345678] BUG: KASAN", "BUG: KASAN", "console"],
  ["2024-01-01T00:00:00,123456+00:00 BUG: KASAN", "BUG: KASAN", "console"],
  ["[   12.345678] host kernel: BUG: KASAN", "BUG: KASAN", "console"],
  ["kern  :err   : [   12.345678] BUG: KASAN", "BUG: KASAN", "console"],
  ["** 12 printk messages dropped ** [   12.345678] BUG: KASAN", "BUG: KASAN", "console"],
  ["host login: [   12.345678] BUG: KASAN", "BUG: KASAN", "console"],
  ["[   12.345678] [5:    kworker/5:1:  130] BUG: KASAN", "BUG: KASAN", "console"],
  ["2024-01-01T00:00:00.123456  <3>[   12.345678] BUG: KASAN", "BUG: KASAN", "console"],
  ['{"MESSAGE":"BUG: KASAN","_TRANSPORT":"kernel"}', "BUG: KASAN", "console"],
  ['\u001e{"MESSAGE":[66,85,71],"PRIORITY":"3"}', "BUG", "console"],
  [
    '- {"dt": "2024-01-01T00:00:00.123", "lvl": "target", "msg": "<3>[   12.345678][   T7] BUG: KASAN"}',
    "BUG: KASAN",
    "T7",
  ],
  ["- {dt: '2018-01-01T00:00:00', lvl: target, msg: '[   12.345678] it''s KASAN'}", "it's KASAN", "console"],
  ['- {"dt": "2024-01-01T00:00:00.123", "lvl": "feedback", "ns": "lk", "msg": " frame"}', " frame", ""],
  ['- {"dt": "2024-01-01T00:00:00.123", "lvl": "debug", "msg": "start: 2.1"}', "start: 2.1", "lava"],
  ["- {not a record}", "- {not a record}", ""],
  ["> > [   12.345678][  T1] BUG: KASAN", "BUG: KASAN", ">>T1"],
  [">BUG: KASAN", "BUG: KASAN", ">"],
  ["[    1.000000] \u001b[31mBUG: KASAN\u001b[0m", "BUG: KASAN", "console"],
  ["\u00a0frame", " frame", ""],
  [" [<ffffffff81000000>] f+0x1/0x2", " [<ffffffff81000000>] f+0x1/0x2", ""],
])("%j", (line, text, context) => {
  expect(peel(line)).toMatchObject({ text, context });
});

test("times and callers are told", () => {
  expect(peel("[   12.500000][ T1234] x")).toMatchObject({ time: 12.5, caller: "T1234" });
});

test("the marked row of memory is no quotation", () => {
  expect(peel(">ffff888000a59800: 00 00")).toMatchObject({ text: ">ffff888000a59800: 00 00", context: "" });
  expect(peel("> >ffff888000a59800: 00 00")).toMatchObject({ text: ">ffff888000a59800: 00 00", context: ">" });
});

test("cleaning takes endings, colours and hard blanks away, and nothing else", () => {
  expect(clean("a\r\r\n")).toBe("a");
  expect(clean("\u001b[1;32ma\u001b[m b")).toBe("a b");
  expect(clean("a\tb ")).toBe("a\tb ");
});
