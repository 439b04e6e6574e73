import { ExploreError } from "../error.ts";
import type { LitmusTest } from "./litmus-test.ts";

/** Most sources and orders of writes that are tried in all: some ten seconds of work, and more than the catalogues need. */
const MOST_TRIED = 30_000_000;

/** What keeping one history of a location takes: memory is the limit there. */
const KEPT = 300;

/** What may be tried: sources and orders of writes one by one, orders of effects by their size. */
export class Budget {
  readonly #test: LitmusTest;
  #left = MOST_TRIED;

  constructor(test: LitmusTest) {
    this.#test = test;
  }

  /** @throws {@link ExploreError} LITMUS if there is nothing left */
  take(count = 1): void {
    this.#left -= count;
    if (this.#left < 0) throw tooLarge(this.#test);
  }

  /** Takes what it costs to keep a history of a location. */
  takeHistory(): void {
    this.take(KEPT);
  }

  /** Takes what it costs to find the order of a CPU's run of so many effects. */
  takeRun(events: number): void {
    this.take(1 + events ** 3 / 2);
  }

  /** Takes what it costs to look for a cycle among `events`. */
  takeOrder(events: number): void {
    this.take(1 + (events * events) / 8);
  }
}

/** @returns the error for a test that is not run to its end */
export const tooLarge = (test: LitmusTest) =>
  new ExploreError("LITMUS", `${test.name} has more executions than are tried; shorten its programs`);
