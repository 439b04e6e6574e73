import type { TimelineEvent } from "../protocol.ts";

/** What of an object's life is known. */
export interface Life {
  readonly address: bigint;
  readonly size: number | undefined;
  /** Indices of events: when it begins, and when it ends. */
  readonly from: number;
  to: number | undefined;
  /** A free of what is not allocated. */
  readonly bad?: boolean;
}

/** Follows each object from its allocation to its free. */
export function livesOf(events: readonly TimelineEvent[]): Life[] {
  const lives: Life[] = [];
  const live = new Map<bigint, Life>();
  for (const [index, { kind, address, size }] of events.entries()) {
    const known = live.get(address);
    if (known) known.to = index;
    if (kind === "free") {
      if (!known) lives.push({ address, size: undefined, from: index, to: undefined, bad: true });
      live.delete(address);
      continue;
    }
    // What was there was resized in place.
    const life = { address, size, from: index, to: undefined };
    lives.push(life);
    live.set(address, life);
  }
  return lives;
}

/** Puts lives that do not overlap into the same lane. They are in the order of their beginnings, and so are those of each lane. */
export function lanesOf(lives: readonly Life[]): Life[][] {
  const lanes: Life[][] = [];
  for (const life of lives) {
    const lane = lanes.find((one) => endOf(one.at(-1)!) <= life.from);
    if (lane) lane.push(life);
    else lanes.push([life]);
  }
  return lanes;
}

/** The index of the event after which a life is over; a bad free takes one. */
export const endOf = ({ from, to, bad }: Life): number => to ?? (bad ? from + 1 : Number.POSITIVE_INFINITY);
