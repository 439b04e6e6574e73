import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { ExploreError, type ScenarioResult, type SearchSnapshot } from "@kasan/explore";
import type { CheckJob } from "./request.ts";

/** Milliseconds between two writes: a write takes up to a second where there are many states. */
const EVERY = 10_000;

interface Saved {
  readonly version: 1;
  /** The jobs, as text: a checkpoint is of these and no others. */
  readonly jobs: string;
  readonly results: Map<string, ScenarioResult>;
  readonly current: { readonly key: string; readonly snapshot: SearchSnapshot } | undefined;
}

/** What is finished, and where the search that runs is, in a file that is written whole or not at all. */
export class Checkpoint {
  private readonly path: string;
  private readonly jobs: string;
  private results = new Map<string, ScenarioResult>();
  private current: Saved["current"];
  private written = performance.now();

  /** @param path - goes on from what the file holds, if it is there */
  constructor(path: string, jobs: readonly CheckJob[]) {
    this.path = path;
    this.jobs = JSON.stringify(jobs);
    let saved: Saved;
    try {
      saved = deserialize(readFileSync(path)) as Saved;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw new ExploreError("CHECKPOINT", `${path}: no checkpoint of kasan check: ${(error as Error).message}`);
    }
    if (saved?.version !== 1 || saved.jobs !== this.jobs) {
      throw new ExploreError(
        "CHECKPOINT",
        `${path}: a checkpoint of other scenarios or options; give the same, or another file`,
      );
    }
    this.results = saved.results;
    this.current = saved.current;
  }

  /** What a scenario came to, if it is finished. */
  result(job: number, index: number): ScenarioResult | undefined {
    return this.results.get(`${job} ${index}`);
  }

  /** Where a scenario's search was. */
  snapshot(job: number, index: number): SearchSnapshot | undefined {
    return this.current?.key === `${job} ${index}` ? this.current.snapshot : undefined;
  }

  /** A scenario is finished. */
  async add(job: number, index: number, result: ScenarioResult): Promise<void> {
    this.results.set(`${job} ${index}`, result);
    if (this.current?.key === `${job} ${index}`) this.current = undefined;
    if (performance.now() - this.written > EVERY) this.write();
  }

  /** A search is under way. */
  during(job: number, index: number, snapshot: () => SearchSnapshot): void {
    if (performance.now() - this.written < EVERY) return;
    this.current = { key: `${job} ${index}`, snapshot: snapshot() };
    this.write();
  }

  private write(): void {
    const { jobs, results, current } = this;
    const temporary = `${this.path}.tmp`;
    const saved: Saved = { version: 1, jobs, results, current };
    writeFileSync(temporary, serialize(saved), { flush: true });
    renameSync(temporary, this.path);
    this.written = performance.now();
  }

  /** All is done: nothing is left to go on with. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}
