import { expect, test } from "vitest";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { callTrace } from "./call-trace.ts";

const f = { symbol: "f", offset: 1, size: 2, reliable: true };

test("frames keep the name of their stack, and the registers of what was interrupted", () => {
  const trace = [
    { ...f, stack: "IRQ", reliable: false },
    { ...f, symbol: "g", registers: ["RIP: 0010:h+0x1/0x2"] },
    { ...f, symbol: "h" },
  ];
  const texts = textsOf(callTrace.print?.({ bugType: "x", callTrace: trace }, styleOfVersion(6, 12)));
  const { fields, roles } = readLines(texts);
  expect(fields.callTrace).toEqual(trace);
  expect(new Set(roles)).toEqual(new Set(["trace-title", "stack-name", "frame", "registers"]));
});

test("a second trace is another crash's", () => {
  expect(readLines(["Call Trace:", " f+0x1/0x2", "Backtrace:", " g+0x1/0x2"]).fields.callTrace).toEqual([f]);
});

test("the story begins at the function of the title", () => {
  const trace = ["dump_stack", "f", "g"].map((symbol) => ({ ...f, symbol }));
  const [event] = callTrace.story!({ bugType: "x", callTrace: trace, function: f });
  expect(event).toEqual({ stage: "reported", text: "The bad access: f, called by g." });
});
