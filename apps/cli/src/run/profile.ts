import type { GuestProfile, ProgramOptions } from "@kasan/guest";
import { note, type Streams, writeWhole } from "../output.ts";
import { plural } from "../plural.ts";

/** How many functions are named beside the file. */
const NAMED = 5;

/** The profile of a run, if one is wanted: it is there also if the run fails. */
export class ProfileOutput {
  private made: GuestProfile | undefined;

  /** @param path - where it goes; undefined if it is not wanted */
  constructor(
    private readonly path: string | undefined,
    private readonly streams: Streams,
  ) {}

  /** What a program needs to be profiled. */
  get options(): Pick<ProgramOptions, "onProfile"> {
    if (this.path === undefined) return {};
    return {
      onProfile: (profile) => {
        this.made = profile;
      },
    };
  }

  /** Writes what was profiled, if anything was, and says what took most time. */
  async write(): Promise<void> {
    const { path, made, streams } = this;
    if (path === undefined || made === undefined) return;
    await writeWhole(path, `${JSON.stringify(made.profile)}\n`);
    note(streams, `kasan: profile in ${path}: ${profileSummary(made)}\n`);
  }
}

function profileSummary({ profile, functions }: GuestProfile): string {
  const { startTime, endTime, samples } = profile;
  const seconds = ((endTime - startTime) / 1e6).toFixed(1);
  const shares = functions
    .slice(0, NAMED)
    .map((one) => `${one.name} ${((100 * one.samples) / samples.length).toFixed(1)} %`);
  return [`${plural(samples.length, "sample")} in ${seconds} s`, ...shares].join(", ");
}
