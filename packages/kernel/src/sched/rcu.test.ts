import { describe, expect, it } from "vitest";
import { SpinLock } from "../smp/lock.ts";
import { GRACE_PERIOD_WORDS, GracePeriods } from "./rcu.ts";

/** Views of `count` CPUs; those in `idle` are idle. */
function cpus(count: number, idle: Set<number> = new Set()) {
  const words = new Int32Array(new SharedArrayBuffer(4 * (GRACE_PERIOD_WORDS + 1)));
  const views = Array.from({ length: count }, (_, own) => {
    const lock = new SpinLock(words, GRACE_PERIOD_WORDS, count > 1 ? own : -1);
    return new GracePeriods(words, lock, { count, own, idle: (cpu) => idle.has(cpu) });
  });
  return { words, views };
}

describe("grace periods", () => {
  it("end when each CPU that is not idle has let others run", () => {
    const { views } = cpus(3, new Set([2]));
    const after = views[0].start();
    views[0].quiescent();
    views[0].quiescent();
    expect(views[0].done).toBe(after - 1);
    views[1].quiescent();
    expect(views[0].done).toBe(after);
  });

  it("that have begun are too early for a callback: it waits for the next", () => {
    const { views } = cpus(2);
    views[0].start();
    views[0].quiescent();
    const after = views[0].start();
    views[1].quiescent();
    expect(views[0].done).toBe(after - 1);
    views[1].quiescent();
    expect(views[0].done).toBe(after - 1);
    views[0].quiescent();
    expect(views[0].done).toBe(after);
  });

  it("on one CPU end at its next such point, with what was queued meanwhile", () => {
    const { views } = cpus(1);
    views[0].start();
    const after = views[0].start();
    views[0].quiescent();
    expect(views[0].done).toBe(after);
  });

  it("are due when they are over, also where their numbers wrap", () => {
    const { words, views } = cpus(1);
    expect(views[0].due).toBe(false);
    words[0] = 2 ** 31 - 1;
    views[0].wanted = views[0].start();
    expect(views[0].due).toBe(false);
    views[0].quiescent();
    expect(views[0].done).toBe(-(2 ** 31));
    expect(views[0].due).toBe(true);
  });

  it("of a machine whose CPUs are all idle wait for who asked", () => {
    const { views } = cpus(2, new Set([0, 1]));
    const after = views[1].start();
    views[0].quiescent();
    expect(views[0].done).toBe(after - 1);
    views[1].quiescent();
    expect(views[0].done).toBe(after);
  });
});
