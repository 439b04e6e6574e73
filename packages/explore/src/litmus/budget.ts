import { ExploreError } from "../error.ts";
import type { LitmusTest } from "./litmus-test.ts";

/** Most sources and orders of writes that are tried in all: some ten seconds of work, and more than the catalogues need. */
const MOST_TRIED = 30_000_000;

/** What may be tried; each try takes one. */
export class Budget {
  readonly #test: LitmusTest;
  #left = MOST_TRIED;

  constructor(test: LitmusTest) {
    this.#test = test;
  }

  take(): void {
    if (--this.#left < 0) throw tooLarge(this.#test);
  }
}

/** @returns the error for a test that is not run to its end */
export const tooLarge = (test: LitmusTest) =>
  new ExploreError("LITMUS", `${test.name} has more executions than are tried; shorten its programs`);
