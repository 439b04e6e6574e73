import { Corpus, type CorpusEntry } from "./corpus/corpus.ts";
import { Coverage, FeatureList } from "./coverage.ts";
import { FuzzError } from "./error.ts";
import { Guesses } from "./guesses.ts";
import { minimize } from "./minimize.ts";
import { minimizeFailure } from "./minimize-failure.ts";
import { Draft } from "./mutate/draft.ts";
import { MUTATORS, Mutations } from "./mutate/mutate.ts";
import type { MutationSource, Mutator } from "./mutate/mutator.ts";
import { Random } from "./random.ts";
import type { Comparison, Execution, Failure, Target } from "./target.ts";

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
  /** Keys of bugs that are known: they are not told. */
  readonly known?: Iterable<string>;
  /** Its first element is counted up with each execution, as it begins: other threads may look at it. */
  readonly counter?: BigUint64Array;
  /** Called when something is found. */
  readonly onEvent?: (event: FuzzEvent) => void;
}

/** A bug that was found. */
export interface Finding extends Failure {
  /** The smallest input found so far that leads to it. */
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
  /** The features that none before it had. */
  readonly first: readonly number[];
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

/** A bug that was not found before, told at once; then again, when its input is as small as it gets. */
export interface FindingEvent {
  /** Which event it is. */
  readonly kind: "finding" | "minimized";
  /** The bug. */
  readonly finding: Finding;
}

/** What a fuzzer tells while it runs, as soon as it knows it: who keeps it all loses nothing if the fuzzer ends. */
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
  /** After so many executions in all, those that make an input smaller included. */
  readonly executions?: number;
  /** When this says so. It is asked before each execution. */
  readonly until?: () => boolean;
}

const MOST_BYTES = 2 ** 24;
/** Inputs begin short. They may become longer if so many executions, times the limit's logarithm, brought nothing new. */
const PATIENCE = 100;
/** An input that is new is run so many times, at most, to make it shorter. */
const TRIM_ATTEMPTS = 64;
/** What inputs compare that reach nothing new is looked at once in so many executions: often while that brings something. */
const GLANCE_EVERY = { least: 16, most: 512 } as const;
/** Trimming ends when so many inputs on the way took long. */
const TRIM_SLOW = 2;

/**
 * A coverage-guided fuzzer: keeps inputs that reach what none reached before, and makes others from them. It knows nothing of what it
 * runs but what {@link Execution} says.
 *
 * @example
 * ```ts
 * import { Fuzzer, type Target } from "@kasan/fuzz";
 *
 * const target: Target = ([first = 0, second = 0]) => ({
 *   counters: Uint8Array.of(1, first > 200 ? 1 : 0),
 *   comparisons: [],
 *   ...(first > 200 && second > 200 && { failure: { key: "both", title: "both are large" } }),
 * });
 * const fuzzer = new Fuzzer(target, { seed: 1, maxLength: 8 });
 * fuzzer.run({ executions: 100_000, until: () => fuzzer.findings.length > 0 });
 * console.log(fuzzer.findings[0]?.title); // both are large
 * ```
 */
export class Fuzzer {
  private readonly target: Target;
  private readonly random: Random;
  private readonly mutations: Mutations;
  private readonly guesses: Guesses;
  private readonly draft: Draft;
  private readonly valueProfile: boolean;
  private readonly counter: BigUint64Array | undefined;
  private readonly onEvent: (event: FuzzEvent) => void;
  private readonly source: MutationSource;
  private readonly features = new FeatureList();
  /** Inputs that are run before others are made, from {@link Fuzzer.nextWaiting} on. */
  private waiting: Uint8Array[];
  private nextWaiting = 0;
  private readonly known: Set<string>;
  private readonly found = new Map<string, Finding>();
  private coverage: Coverage | undefined;
  private corpus: Corpus | undefined;
  private executions = 0;
  /** The number of the execution that is a run's last. */
  private lastExecution = Number.POSITIVE_INFINITY;
  private lastNew = 0;
  private lengthLimit = 4;
  private nextGlance = 0;
  private glanceEvery: number = GLANCE_EVERY.least;

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
    this.known = new Set(options.known);
    this.counter = options.counter;
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
    if (input.length <= this.draft.bytes.length) this.waiting.splice(this.nextWaiting, 0, Uint8Array.from(input));
  }

  /** Takes a bug as known, as one that another fuzzer found. */
  know(key: string): void {
    this.known.add(key);
  }

  /** Runs inputs until a limit is reached. */
  run({ executions = Number.POSITIVE_INFINITY, until = () => false }: RunLimits): void {
    this.lastExecution = executions;
    while (this.executions < executions && !until()) this.step();
    this.lastExecution = Number.POSITIVE_INFINITY;
  }

  /** Runs one input; more, to minimize it, if it finds a bug. */
  step(): void {
    if (this.nextWaiting < this.waiting.length) {
      this.try(this.waiting[this.nextWaiting++], undefined);
      return;
    }
    if (this.nextWaiting > 0) {
      this.waiting = [];
      this.nextWaiting = 0;
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
    this.coverage ??= new Coverage(execution.counters.length);
    this.corpus ??= new Corpus(this.coverage);
    const { features, corpus } = this;
    this.observe(execution);
    const first = this.coverage.add(features);
    // There must be something to begin with, even if nothing is covered.
    if (first.length > 0 || corpus.entries.length === 0) this.keep(input, first, execution);
    else if (base && input.length < base.bytes.length && features.hasAll(base.first)) this.shorten(base, input);
    else if (this.executions >= this.nextGlance) this.glance(execution);
  }

  /** Reads what an execution reached. */
  private observe(execution: Execution): void {
    this.features.read(execution.counters);
    if (this.valueProfile) this.addCloseness(execution.comparisons ?? []);
  }

  /** Keeps an input that has some features first. */
  private keep(input: Uint8Array, first: readonly number[], { comparisons = [] }: Execution): void {
    const [coverage, corpus] = [this.coverage as Coverage, this.corpus as Corpus];
    this.lastNew = this.executions;
    const entry = { bytes: input, features: this.features.copy(), first };
    this.waiting.push(...this.guesses.learn(input, comparisons, this.draft.bytes.length));
    corpus.add(entry);
    this.onEvent({ kind: "new", input, first, edges: coverage.reachedEdges, execution: this.executions });
    const bytes = this.trim(input, first);
    if (bytes.length < input.length) this.replace(entry, { ...entry, bytes });
  }

  /** Makes an input shorter that has some features first, and keeps these. What else it finds on the way is run again in its turn. */
  private trim(input: Uint8Array, first: readonly number[]): Uint8Array {
    if (first.length === 0) return input;
    let slow = 0;
    const keeps = (candidate: Uint8Array): boolean => {
      if (slow === TRIM_SLOW || this.executions >= this.lastExecution) return false;
      const execution = this.execute(candidate);
      const { failure } = execution;
      if (failure?.slow) slow++;
      if (!failure) this.observe(execution);
      const isNews = failure ? !this.isKnown(failure) : (this.coverage as Coverage).isNew(this.features);
      if (isNews) this.waiting.push(candidate.slice());
      return !failure && !isNews && this.features.hasAll(first);
    };
    return minimize(input, keeps, { attempts: TRIM_ATTEMPTS, zeros: false, counts: false }).slice();
  }

  /** Takes a shorter input in place of the one it was made from: it does all that this did first. */
  private shorten(base: CorpusEntry, input: Uint8Array): void {
    this.replace(base, { bytes: input, features: this.features.copy(), first: base.first });
  }

  private replace(entry: CorpusEntry, by: CorpusEntry): void {
    this.corpus?.replace(entry, by);
    this.onEvent({ kind: "shorter", input: by.bytes, instead: entry.bytes, execution: this.executions });
  }

  /** Looks at what an execution compared that reached nothing new. */
  private glance({ comparisons = [] }: Execution): void {
    const { least, most } = GLANCE_EVERY;
    this.glanceEvery = this.guesses.glance(comparisons) ? least : Math.min(most, 2 * this.glanceEvery);
    this.nextGlance = this.executions + this.glanceEvery;
  }

  private execute(input: Uint8Array): Execution {
    this.executions++;
    if (this.counter) Atomics.add(this.counter, 0, 1n);
    return this.target(input);
  }

  /** Adds a feature for each comparison, by the number of bits in which its sides differ. */
  private addCloseness(comparisons: Iterable<Comparison>): void {
    const coverage = this.coverage as Coverage;
    for (const { site, left, right } of comparisons) {
      let differing = 0;
      for (let i = 0; i < left.length && differing < 64; i++) differing += BITS_OF[left[i] ^ right[i]];
      this.features.push(coverage.other(site * 65 + Math.min(64, differing)));
    }
  }

  private isKnown({ key }: Failure): boolean {
    return this.found.has(key) || this.known.has(key);
  }

  private fail(input: Uint8Array, failure: Failure): void {
    if (this.isKnown(failure)) return;
    const { executions } = this;
    const tell = (kind: FindingEvent["kind"], last: Failure, smallest: Uint8Array) => {
      const finding = { ...last, input: smallest, execution: executions };
      this.found.set(failure.key, finding);
      this.onEvent({ kind, finding });
    };
    tell("finding", failure, input);
    const run = (candidate: Uint8Array) =>
      this.executions < this.lastExecution ? this.execute(candidate).failure : undefined;
    const smallest = minimizeFailure({ input, failure }, run);
    tell("minimized", smallest.failure, smallest.input);
  }
}

/** Number of bits that are set in a byte. */
const BITS_OF = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length);
