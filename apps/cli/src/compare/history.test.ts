import fc from "fast-check";
import { expect, test } from "vitest";
import { History } from "./history.ts";

test("keeps few points, in order, and the peak", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20000 }), fc.nat(1000), (count, seed) => {
      const history = new History();
      let peak = 0;
      let pages = seed;
      for (let i = 0; i < count; i++) {
        pages = (pages * 1103515245 + 12345) % 65521;
        peak = Math.max(peak, pages);
        history.add(i, pages);
      }
      const { points } = history;
      expect(points.length).toBeLessThanOrEqual(2049);
      expect(points.length).toBeGreaterThanOrEqual(Math.min(count, 1024));
      expect(Math.max(...points.map(([, value]) => value))).toBe(peak);
      expect(points[0][0]).toBe(0);
      expect(points.every(([at], i) => i === 0 || at > points[i - 1][0])).toBe(true);
    }),
    { numRuns: 40 },
  );
});
