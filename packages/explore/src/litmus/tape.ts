/** Thrown to leave out a run. */
export class CutOff extends Error {}

/**
 * Runs code that chooses, once for every combination of choices.
 * The code is run again from its beginning, with the choices of the run before and the last one changed.
 */
export class Tape {
  readonly #choices: { taken: number; of: number }[] = [];
  #at = 0;

  /** @returns one of `options`: each in some run */
  choose<T>(options: readonly T[]): T {
    if (options.length === 0) throw new CutOff();
    if (this.#at === this.#choices.length) this.#choices.push({ taken: 0, of: options.length });
    const choice = this.#choices[this.#at++] as { taken: number };
    return options[choice.taken] as T;
  }

  /**
   * @param run - chooses; what it returns is kept, and a run that throws {@link CutOff} is left out
   * @param most - most runs
   * @returns the results, or undefined if there are more runs than `most`
   */
  static all<T>(run: (tape: Tape) => T, most: number): T[] | undefined {
    const tape = new Tape();
    const results: T[] = [];
    for (let runs = 0; runs < most; runs++) {
      tape.#at = 0;
      try {
        results.push(run(tape));
      } catch (error) {
        if (!(error instanceof CutOff)) throw error;
      }
      if (!tape.#advance()) return results;
    }
    return undefined;
  }

  #advance(): boolean {
    this.#choices.length = this.#at;
    for (let last = this.#choices.pop(); last !== undefined; last = this.#choices.pop())
      if (last.taken + 1 < last.of) {
        this.#choices.push({ taken: last.taken + 1, of: last.of });
        return true;
      }
    return false;
  }
}
