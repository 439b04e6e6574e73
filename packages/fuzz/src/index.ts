/**
 * A coverage-guided fuzzer. It takes any function from bytes to coverage: a {@link Target}.
 *
 * @packageDocumentation
 */

export { Corpus, type CorpusEntry } from "./corpus/corpus.ts";
export { mergeInputs } from "./corpus/merge.ts";
export { Coverage, edgeOf, FeatureList, featuresOf } from "./coverage.ts";
export { parseDictionary } from "./dictionary.ts";
export { FuzzError, type FuzzErrorCode } from "./error.ts";
export {
  type Finding,
  type FindingEvent,
  type FuzzEvent,
  Fuzzer,
  type FuzzerOptions,
  type FuzzStatistics,
  type NewEvent,
  type RunLimits,
  type ShorterEvent,
} from "./fuzzer.ts";
export { type MinimizeOptions, minimize } from "./minimize.ts";
export { type FailingInput, minimizeFailure } from "./minimize-failure.ts";
export { Draft } from "./mutate/draft.ts";
export { MUTATORS } from "./mutate/mutate.ts";
export type { MutationSource, Mutator, Pair } from "./mutate/mutator.ts";
export { Random } from "./random.ts";
export type { Comparison, Execution, Failure, Target } from "./target.ts";
