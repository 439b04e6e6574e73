import type { Comparison, Execution, Target } from "../src/index.ts";

/** What code under test tells: where it is, and what it compares. */
export interface Trace {
  /** Passes an edge. */
  edge(id: number): void;
  /** Compares a number of the input, of 1, 2, 4 or 8 bytes and least byte first, with a constant. */
  equals(site: number, value: number, constant: number, bytes: number): boolean;
  /** Ends the execution with a bug. */
  fail(key: string): never;
}

class Failed extends Error {}

/** A target of 64 edges from a function. `compares`: whether it tells what it compares. */
export function targetOf(run: (input: Uint8Array, trace: Trace) => void, compares = true): Target {
  const counters = new Uint8Array(64);
  return (input): Execution => {
    counters.fill(0);
    const comparisons: Comparison[] = [];
    let key = "";
    const bytesOf = (value: number, bytes: number) =>
      Uint8Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 0xff);
    const trace: Trace = {
      edge: (id) => void counters[id]++,
      equals(site, value, constant, bytes) {
        comparisons.push({ site, left: bytesOf(constant, bytes), right: bytesOf(value, bytes), constant: true });
        return value === constant;
      },
      fail(why) {
        key = why;
        throw new Failed();
      },
    };
    try {
      run(input, trace);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      return { counters, failure: { key, title: key } };
    }
    return { counters, ...(compares && { comparisons }) };
  };
}

/** A number of an input, least byte first; -1 if the input ends before. */
export function numberOf(input: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > input.length) return -1;
  return Array.from({ length: bytes }, (_, i) => input[at + i] * 256 ** i).reduce((sum, part) => sum + part, 0);
}

/** A format: a magic number, a type, a length that must fit, and a bug for one type whose length is 0. */
export const FORMAT = targetOf((input, trace) => {
  trace.edge(0);
  if (!trace.equals(0, numberOf(input, 0, 4), 0x4b41534e, 4)) return;
  trace.edge(1);
  const type = numberOf(input, 4, 2);
  const length = numberOf(input, 6, 1);
  if (type < 0 || length < 0) return;
  trace.edge(2);
  if (7 + length > input.length) return;
  trace.edge(3);
  if (trace.equals(1, type, 0x1234, 2)) {
    trace.edge(4);
    if (length === 0) trace.fail("empty");
  }
  if (trace.equals(2, type, 0x4321, 2)) trace.edge(5);
});
