import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FuzzEvent, Fuzzer, parseDictionary } from "../src/index.ts";
import { FORMAT, numberOf, targetOf } from "./targets.ts";

const text = (value: string) => new TextEncoder().encode(value);

describe("a fuzzer", () => {
  it("finds a bug behind two comparisons from nothing, and its smallest input", () => {
    const fuzzer = new Fuzzer(FORMAT);
    fuzzer.run({ executions: 20_000, until: () => fuzzer.findings.length > 0 });
    expect(fuzzer.findings.map(({ key, input }) => [key, [...input]])).toEqual([
      ["empty", [0x4e, 0x53, 0x41, 0x4b, 0x34, 0x12, 0]],
    ]);
  });

  it.each([1, 2, 3, 10, 100])("runs exactly %i inputs, those that make others smaller included", (executions) => {
    let ran = 0;
    const counter = new BigUint64Array(1);
    const target = targetOf((input, trace) => {
      ran++;
      if (input.length > 2) trace.fail("long");
    });
    const fuzzer = new Fuzzer(target, { inputs: [new Uint8Array(100)], counter });
    fuzzer.run({ executions });
    expect([ran, Number(counter[0]), fuzzer.findings.length]).toEqual([executions, executions, 1]);
  });

  it.each([1, 2, 3])("does the same with the same seed (%i), and something else with another", (seed) => {
    const events = (other: number) => {
      const seen: FuzzEvent[] = [];
      new Fuzzer(FORMAT, { seed: other, onEvent: (event) => void seen.push(event) }).run({ executions: 3000 });
      return seen;
    };
    expect(events(seed)).toEqual(events(seed));
    expect(events(seed)).not.toEqual(events(seed + 100));
  });

  it("tells a bug once, however many inputs lead to it", () => {
    const target = targetOf((input, trace) => {
      if (input.length > 2) trace.fail(input[0] > 127 ? "high" : "low");
    });
    const fuzzer = new Fuzzer(target);
    fuzzer.run({ executions: 5000 });
    expect(fuzzer.findings.map(({ key, input }) => [key, [...input]]).sort()).toEqual([
      ["high", [expect.any(Number), 0, 0]],
      ["low", [0, 0, 0]],
    ]);
  });

  it("climbs by edges, without comparisons", () => {
    const wanted = text("deep");
    const target = targetOf((input, trace) => {
      for (let i = 0; i < wanted.length; i++) {
        if (input[i] !== wanted[i]) return;
        trace.edge(i);
      }
      trace.fail("deep");
    }, false);
    const fuzzer = new Fuzzer(target);
    fuzzer.run({ executions: 200_000, until: () => fuzzer.findings.length > 0 });
    expect(fuzzer.findings[0]?.input).toEqual(wanted);
  });

  it("climbs by how close comparisons are, if it is asked to", () => {
    const target = targetOf((input, trace) => {
      const sum = numberOf(input, 0, 2) ^ 0x5555;
      // No side of it is in the input.
      if (trace.equals(0, sum, 0x0f0f, 2)) trace.fail("hit");
    });
    const found = (valueProfile: boolean) => {
      const fuzzer = new Fuzzer(target, { valueProfile, mutators: undefined });
      fuzzer.run({ executions: 20_000, until: () => fuzzer.findings.length > 0 });
      return fuzzer.findings.map(({ input }) => [...input]);
    };
    expect(found(true)).toEqual([[0x5a, 0x5a]]);
  });

  it("uses the words of a dictionary", () => {
    const target = targetOf((input, trace) => {
      if (Buffer.from(input).includes("keyword")) trace.fail("word");
    });
    const fuzzer = new Fuzzer(target, { dictionary: parseDictionary('"keyword"') });
    fuzzer.run({ executions: 1000 });
    expect(fuzzer.findings[0]?.input).toEqual(text("keyword"));
  });

  it("keeps shorter inputs in place of those they were made from", () => {
    const target = targetOf((input, trace) => {
      if (input.includes(7)) trace.edge(1);
    });
    const fuzzer = new Fuzzer(target, { inputs: [Uint8Array.from({ length: 100 }, () => 7)] });
    fuzzer.run({ executions: 3000 });
    expect(fuzzer.inputs.map(({ length }) => length)).toContain(1);
  });

  it("runs an input that is added before others", () => {
    const fuzzer = new Fuzzer(FORMAT);
    fuzzer.run({ executions: 5 });
    const { executions } = fuzzer.statistics;
    fuzzer.add(Uint8Array.from([0x4e, 0x53, 0x41, 0x4b, 0x34, 0x12, 0]));
    fuzzer.step();
    expect(fuzzer.findings.map(({ execution }) => execution)).toEqual([executions + 1]);
  });

  it("tells a bug at once, and again when its input is small", () => {
    const target = targetOf((input, trace) => {
      if (input.includes(7)) trace.fail("seven");
    });
    const told: unknown[] = [];
    const note = (event: FuzzEvent) => "finding" in event && told.push([event.kind, ...event.finding.input]);
    const fuzzer = new Fuzzer(target, { inputs: [Uint8Array.of(1, 2, 7, 3)], onEvent: note });
    fuzzer.step();
    expect(told).toEqual([
      ["finding", 1, 2, 7, 3],
      ["minimized", 7],
    ]);
  });

  it("brings a bug about a few times only, if that takes long", () => {
    let failures = 0;
    const counters = new Uint8Array(8);
    const failure = { key: "slow", title: "slow", slow: true };
    const inputs = [new Uint8Array(500)];
    const fuzzer = new Fuzzer(() => ({ counters, ...(++failures && { failure }) }), { inputs });
    fuzzer.step();
    expect(failures).toBeLessThan(20);
    expect(fuzzer.findings[0].input.length).toBeLessThan(500);
  });

  it("does not tell bugs that are known", () => {
    const told: FuzzEvent[] = [];
    const target = targetOf((input, trace) => trace.fail(input.length > 2 ? "long" : "short"));
    const fuzzer = new Fuzzer(target, { known: ["long"], onEvent: (event) => void told.push(event) });
    fuzzer.know("short");
    fuzzer.run({ executions: 100 });
    expect(told).toEqual([]);
  });

  it("finds words by itself in strings that are compared", () => {
    const counters = new Uint8Array(64);
    const wanted = text("a-long-keyword");
    // The input itself is never compared: only its words are of use.
    const target = (input: Uint8Array) => {
      const comparisons = [{ site: 0, left: new Uint8Array(wanted.length), right: wanted, constant: false }];
      const failure = { key: "word", title: "word" };
      return { counters, comparisons, ...(Buffer.from(input).includes("a-long-keyword") && { failure }) };
    };
    const fuzzer = new Fuzzer(target);
    fuzzer.run({ executions: 2000, until: () => fuzzer.findings.length > 0 });
    expect(fuzzer.findings[0]?.input).toEqual(wanted);
  });

  it("never runs an input beyond the limit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer(), (maxLength, seed) => {
        let longest = 0;
        const target = targetOf((input, trace) => {
          longest = Math.max(longest, input.length);
          trace.edge(Math.min(63, input.length));
        });
        new Fuzzer(target, { maxLength, seed }).run({ executions: 500 });
        expect(longest).toBeLessThanOrEqual(maxLength);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [{ maxLength: 0 }, "inputs of up to 0 bytes; give 1 to 16777216"],
    [{ maxLength: 2, inputs: [new Uint8Array(3)] }, "input 0 has 3 bytes; the limit is 2"],
    [{ mutators: [] }, "no mutators; give at least one"],
  ])("refuses %j", (options, message) => {
    expect(() => new Fuzzer(FORMAT, options)).toThrow(message);
  });
});
