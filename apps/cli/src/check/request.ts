import type { CheckData, SearchOptions, TraceOptions } from "@kasan/explore";

/** Options of a search that can be sent to threads and written to files. */
export type PlainOptions = Pick<
  SearchOptions & TraceOptions,
  "reduction" | "depth" | "preemptions" | "memory" | "stopAtFirst" | "properties" | "shorten"
>;

/** The request to a thread to explore scenarios of one machine. */
export interface CheckJob {
  readonly data: CheckData;
  readonly options: PlainOptions;
  /** A plugin's file or package. */
  readonly plugin?: string;
}
