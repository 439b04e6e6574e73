import { expect, test } from "vitest";
import type { TimelineEvent } from "../protocol.ts";
import { lanesOf, livesOf } from "./lives.ts";

const event = (kind: TimelineEvent["kind"], address: bigint, size?: number): TimelineEvent => ({
  ...{ kind, by: "x", address, time: 0, pid: 1 },
  ...(size !== undefined && { size }),
});

test("an object lives from its allocation to its free; one that is resized begins again; a bad free is none", () => {
  const lives = livesOf([
    event("allocate", 1n, 8),
    event("allocate", 2n, 8),
    event("free", 1n),
    event("free", 1n),
    event("allocate", 2n, 16),
    event("allocate", 1n, 4),
  ]);
  expect(lives.map(({ address, size, from, to, bad }) => [address, size, from, to, bad ?? false])).toEqual([
    [1n, 8, 0, 2, false],
    [2n, 8, 1, 4, false],
    [1n, undefined, 3, undefined, true],
    [2n, 16, 4, undefined, false],
    [1n, 4, 5, undefined, false],
  ]);
});

test("lives that do not overlap share a lane", () => {
  const [a, b, c, d] = livesOf([
    event("allocate", 1n, 1),
    event("allocate", 2n, 1),
    event("free", 1n),
    event("allocate", 3n, 1),
    event("free", 2n),
    event("free", 9n),
  ]);
  expect(lanesOf([a!, b!, c!, d!])).toEqual([
    [a, c],
    [b, d],
  ]);
});
