import { Corpus, type CorpusEntry } from "./corpus/corpus.ts";
import { Coverage, featuresOf } from "./coverage.ts";
import { FuzzError } from "./error.ts";
import { Guesses } from "./guesses.ts";
import { minimize } from "./minimize.ts";
import { Draft } from "./mutate/draft.ts";
import { MUTATORS, Mutations } from "./mutate/mutate.ts";
import type { MutationSource, Mutator } from "./mutate/mutator.ts";
import { Random } from "./random.ts";
import type { Execution, Failure, Target } from "./target.ts";

/** How a fuzzer works. */
export interface FuzzerOptions {
  /** Seed of all random choices: the same seed and target give the same run. An integer; 1 by default. */
  readonly seed?: number;
  /** The most bytes of an input, 1 … 2²⁴; 4096 by default. */
  readonly maxLength?: number;
  /** Inputs to begin with. Without any, the empty one. */
  readonly inputs?: readonly Uint8Array[];
  /** Values worth inserting, as {@link parseDictionary} returns them. */
  readonly dictionary?: readonly Uint8Array[];
  /** The ways to change an input; {@link MUTATORS} by default. */
  readonly mutators?: readonly Mutator[];
  /** Whether coming closer to equality in a comparison counts as something new (libFuzzer's value profile). False by default. */
  readonly valueProfile?: boolean;
  /** Called when something is found. */
  readonly onEvent?: (event: FuzzEvent) => void;
}

/** A bug that was found. */
export interface Finding extends Failure {
  /** The smallest input found that leads to it. */
  readonly input: Uint8Array;
  /** The number of the execution that led to it, from 1 on. */
  readonly execution: number;
}

/** An input that reaches what none did before. */
export interface NewEvent {
  /** Which event it is. */
  readonly kind: "new";
  /** The input. */
  readonly input: Uint8Array;
  /** Edges that were passed by now. */
  readonly edges: number;
  /** The number of the execution, from 1 on. */
  readonly execution: number;
}

/** A shorter input that takes the place of one in the corpus. */
export interface ShorterEvent {
  /** Which event it is. */
  readonly kind: "shorter";
  /** The shorter input. */
  readonly input: Uint8Array;
  /** The one that it replaces. */
  readonly instead: Uint8Array;
  /** The number of the execution, from 1 on. */
  readonly execution: number;
}

/** A bug that was not found before. */
export interface FindingEvent {
  /** Which event it is. */
  readonly kind: "finding";
  /** The bug. */
  readonly finding: Finding;
}

/** What a fuzzer tells while it runs. */
export type FuzzEvent = NewEvent | ShorterEvent | FindingEvent;

/** What a fuzzer has done so far. */
export interface FuzzStatistics {
  /** Inputs that were run. */
  readonly executions: number;
  /** Edges that were passed. */
  readonly edges: number;
  /** Features that were seen: edges by how often they were passed, and the value profile's. */
  readonly features: number;
  /** Inputs in the corpus. */
  readonly corpus: number;
  /** Bugs that were found. */
  readonly findings: number;
  /** Number of the execution that last reached something new; 0: none did. */
  readonly lastNew: number;
}

/** When a run ends, whichever comes first. */
export interface RunLimits {
  /** After so many executions in all. */
  readonly executions?: number;
  /** When this says so. It is asked before each execution. */
  readonly until?: () => boolean;
}

const MOST_BYTES = 2 ** 24;
/** Inputs begin short. They may become longer if so many executions, times the limit's logarithm, brought nothing new. */
const PATIENCE = 100;
/** An input that is new is run so many times, at most, to make it shorter. */
const TRIM_ATTEMPTS = 64;
/** What inputs compare that reach nothing new is looked at once in so many executions. */
const LEARN_EVERY = 16;

/**
 * A coverage-guided fuzzer: keeps inputs that reach what none reached before, and makes others from them. It knows nothing of what it
 * runs but what {@link Execution} says.
 */
export class Fuzzer {
  private readonly target: Target;
  private readonly random: Random;
  private readonly mutations: Mutations;
  private readonly guesses: Guesses;
  private readonly draft: Draft;
  private readonly valueProfile: boolean;
  private readonly onEvent: (event: FuzzEvent) => void;
  private readonly source: MutationSource;
  private readonly waiting: Uint8Array[];
  private readonly found = new Map<string, Finding>();
  private coverage: Coverage | undefined;
  private corpus: Corpus | undefined;
  private executions = 0;
  private lastNew = 0;
  private lengthLimit = 4;

  /**
   * @param target - runs an input
   * @throws {@link FuzzError} `OPTIONS`
   */
  constructor(target: Target, options: FuzzerOptions = {}) {
    const { seed = 1, maxLength = 4096, inputs = [], dictionary = [], mutators = MUTATORS } = options;
    if (!Number.isInteger(maxLength) || maxLength < 1 || maxLength > MOST_BYTES) {
      throw new FuzzError("OPTIONS", `inputs of up to ${maxLength} bytes; give 1 to ${MOST_BYTES}`);
    }
    const long = inputs.findIndex(({ length }) => length > maxLength);
    if (long >= 0) {
      throw new FuzzError("OPTIONS", `input ${long} has ${inputs[long].length} bytes; the limit is ${maxLength}`);
    }
    if (mutators.length === 0) throw new FuzzError("OPTIONS", "no mutators; give at least one");
    this.target = target;
    this.random = new Random(seed);
    this.mutations = new Mutations(mutators);
    this.guesses = new Guesses(dictionary);
    this.draft = new Draft(maxLength);
    this.valueProfile = options.valueProfile ?? false;
    this.onEvent = options.onEvent ?? (() => {});
    // A Buffer's slices are no copies.
    this.waiting = inputs.length > 0 ? inputs.map((input) => Uint8Array.from(input)) : [new Uint8Array()];
    this.source = {
      random: this.random,
      words: this.guesses.words,
      pairs: this.guesses.pairs,
      other: () => this.corpus?.any(this.random).bytes ?? new Uint8Array(),
    };
  }

  /** What it has done so far. */
  get statistics(): FuzzStatistics {
    return {
      executions: this.executions,
      edges: this.coverage?.reachedEdges ?? 0,
      features: this.coverage?.features ?? 0,
      corpus: this.corpus?.entries.length ?? 0,
      findings: this.found.size,
      lastNew: this.lastNew,
    };
  }

  /** Bugs that were found, in the order in which they were. */
  get findings(): readonly Finding[] {
    return [...this.found.values()];
  }

  /** The inputs that others are made from. */
  get inputs(): readonly Uint8Array[] {
    return this.corpus?.entries.map(({ bytes }) => bytes) ?? [];
  }

  /** Runs an input before any other, as one that another fuzzer of the same target found. Longer ones than the limit are left out. */
  add(input: Uint8Array): void {
    if (input.length <= this.draft.bytes.length) this.waiting.push(Uint8Array.from(input));
  }

  /** Runs inputs until a limit is reached. */
  run({ executions = Number.POSITIVE_INFINITY, until = () => false }: RunLimits): void {
    while (this.executions < executions && !until()) this.step();
  }

  /** Runs one input; more, to minimize it, if it finds a bug. */
  step(): void {
    const given = this.waiting.shift();
    if (given !== undefined) {
      this.try(given, undefined);
      return;
    }
    const base = this.corpus?.choose(this.random);
    this.draft.set(base?.bytes ?? new Uint8Array());
    this.mutations.apply(this.draft, this.source);
    this.draft.length = Math.min(this.draft.length, this.limit());
    this.try(this.draft.copy(), base);
  }

  /** The longest that an input may be now. */
  private limit(): number {
    const most = this.draft.bytes.length;
    const patience = PATIENCE * Math.log2(this.lengthLimit);
    if (this.lengthLimit < most && this.executions - this.lastNew > patience) {
      this.lengthLimit = Math.min(most, this.lengthLimit + Math.ceil(Math.log2(this.lengthLimit)));
    }
    return Math.min(most, Math.max(this.lengthLimit, this.corpus?.longest ?? 0));
  }

  /** `base`: the input that it was made from. */
  private try(input: Uint8Array, base: CorpusEntry | undefined): void {
    const execution = this.execute(input);
    if (execution.failure) {
      this.fail(input, execution.failure);
      return;
    }
    const { counters } = execution;
    this.coverage ??= new Coverage(counters.length);
    this.corpus ??= new Corpus(this.coverage);
    const { coverage, corpus } = this;
    const others = this.valueProfile ? this.closeness(execution) : [];
    const known = (feature: number) => coverage.has(feature);
    const fresh = coverage.isNew(counters, others)
      ? [...featuresOf(counters), ...others].filter((feature) => !known(feature))
      : [];
    coverage.add(counters, others);
    // There must be something to begin with, even if nothing is covered.
    if (fresh.length > 0 || corpus.entries.length === 0) {
      this.lastNew = this.executions;
      const features = [...featuresOf(counters), ...others];
      this.waiting.push(...this.guesses.learn(input, execution.comparisons ?? [], this.draft.bytes.length));
      const bytes = this.trim(input, fresh);
      corpus.add({ bytes, features, first: fresh });
      this.onEvent({ kind: "new", input: bytes, edges: coverage.reachedEdges, execution: this.lastNew });
      return;
    }
    if (base && input.length < base.bytes.length) this.shorten(base, input, counters);
    if (this.executions % LEARN_EVERY === 0) this.guesses.learn(input, execution.comparisons ?? [], 0);
  }

  /** Makes an input shorter that has some features first, and keeps these. What else it finds on the way is run again in its turn. */
  private trim(input: Uint8Array, first: readonly number[]): Uint8Array {
    const { coverage } = this;
    if (!coverage || first.length === 0) return input;
    const keeps = (candidate: Uint8Array): boolean => {
      const { counters, failure } = this.execute(candidate);
      if (failure || coverage.isNew(counters)) {
        this.waiting.push(candidate.slice());
        return false;
      }
      return hasAll(featuresOf(counters), first);
    };
    return minimize(input, keeps, { attempts: TRIM_ATTEMPTS, zeros: false }).slice();
  }

  private execute(input: Uint8Array): Execution {
    this.executions++;
    return this.target(input);
  }

  /** Takes a shorter input in place of the one it was made from, if it does all that this did first. */
  private shorten(base: CorpusEntry, input: Uint8Array, counters: Uint8Array): void {
    const features = featuresOf(counters);
    if (!hasAll(features, base.first)) return;
    this.corpus?.replace(base, { bytes: input, features, first: base.first });
    this.onEvent({ kind: "shorter", input, instead: base.bytes, execution: this.executions });
  }

  /** A feature for each comparison, by the number of bits in which its sides differ. */
  private closeness({ comparisons = [] }: Execution): number[] {
    const features = new Set<number>();
    for (const { site, left, right } of comparisons) {
      const differing = left.reduce((bits, byte, i) => bits + bitsOf(byte ^ right[i]), 0);
      features.add((this.coverage as Coverage).other(site * 65 + Math.min(64, differing)));
    }
    return [...features];
  }

  private fail(input: Uint8Array, failure: Failure): void {
    if (this.found.has(failure.key)) return;
    const { executions } = this;
    let last = failure;
    const smallest = minimize(input, (candidate) => {
      const again = this.execute(candidate).failure;
      if (again?.key !== failure.key) return false;
      last = again;
      return true;
    });
    const finding = { ...last, input: smallest.slice(), execution: executions };
    this.found.set(failure.key, finding);
    this.onEvent({ kind: "finding", finding });
  }
}

/** Whether some features have all of the wanted ones. Those of a value profile are not among the features of edges: with them, never. */
function hasAll(features: readonly number[], wanted: readonly number[]): boolean {
  const all = new Set(features);
  return wanted.every((feature) => all.has(feature));
}

function bitsOf(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}
