import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { ExploreError, type ScenarioResult, type SearchSnapshot } from "@kasan/explore";
import { fileReason } from "@kasan/shadow";
import ownPackage from "../../package.json" with { type: "json" };
import type { CheckJob } from "./request.ts";

/** Milliseconds between two writes: a write takes up to a second where there are many states. */
const EVERY = 10_000;

interface Saved {
  readonly version: 2;
  /** Version of kasan: what a search has learnt of the code is of that code. */
  readonly kasan: string;
  /** The jobs, as text: a checkpoint is of these and no others. */
  readonly jobs: string;
  readonly results: Map<string, ScenarioResult>;
  readonly current: { readonly key: string; readonly snapshot: SearchSnapshot } | undefined;
}

/**
 * A file that holds the finished results and the state of the running search. It is written whole or not at all. It contains V8's
 * serialization of these, then the SHA-256 of that, so that a damaged file is not used.
 */
export class Checkpoint {
  private readonly path: string;
  private readonly jobs: string;
  private results = new Map<string, ScenarioResult>();
  private current: Saved["current"];
  private written = performance.now();
  private readonly every: number;

  /**
   * @param path - goes on from what the file holds, if it is there
   * @param every - milliseconds between two writes
   * @throws ExploreError `CHECKPOINT` if it holds something else
   */
  constructor(path: string, jobs: readonly CheckJob[], every = EVERY) {
    this.path = path;
    this.every = every;
    this.jobs = JSON.stringify(jobs);
    let saved: Saved;
    try {
      saved = deserialize(unsealed(readFileSync(path))) as Saved;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      const why = `no checkpoint of kasan check: ${fileReason(error)}; give another file, or delete it`;
      throw new ExploreError("CHECKPOINT", `${path}: ${why}`);
    }
    if (saved.version !== 2 || saved.kasan !== ownPackage.version) {
      throw new ExploreError(
        "CHECKPOINT",
        `${path}: a checkpoint of another version of kasan; delete it to start anew`,
      );
    }
    if (saved.jobs !== this.jobs) {
      throw new ExploreError(
        "CHECKPOINT",
        `${path}: a checkpoint of other scenarios or options; give the same, or another file`,
      );
    }
    this.results = saved.results;
    this.current = saved.current;
  }

  /** The result of a scenario, if it is finished. */
  result(job: number, index: number): ScenarioResult | undefined {
    return this.results.get(`${job} ${index}`);
  }

  /** The state of a scenario's search, if it was running. */
  snapshot(job: number, index: number): SearchSnapshot | undefined {
    return this.current?.key === `${job} ${index}` ? this.current.snapshot : undefined;
  }

  /** A scenario is finished. */
  async add(job: number, index: number, result: ScenarioResult): Promise<void> {
    this.results.set(`${job} ${index}`, result);
    if (this.current?.key === `${job} ${index}`) this.current = undefined;
    if (performance.now() - this.written >= this.every) this.write();
  }

  /** A search is under way. */
  during(job: number, index: number, snapshot: () => SearchSnapshot): void {
    if (performance.now() - this.written < this.every) return;
    this.current = { key: `${job} ${index}`, snapshot: snapshot() };
    this.write();
  }

  private write(): void {
    const { jobs, results, current } = this;
    const temporary = `${this.path}.tmp`;
    const saved: Saved = { version: 2, kasan: ownPackage.version, jobs, results, current };
    const content = serialize(saved);
    try {
      writeFileSync(temporary, content);
      appendFileSync(temporary, digestOf(content), { flush: true });
      renameSync(temporary, this.path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw new ExploreError("CHECKPOINT", `${this.path}: cannot be written: ${fileReason(error)}`);
    }
    this.written = performance.now();
  }

  /** All is done: nothing is left to go on with. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

const DIGEST_BYTES = 32;

const digestOf = (content: Uint8Array): Buffer => createHash("sha256").update(content).digest();

/** The contents of the file before its digest. */
function unsealed(file: Buffer): Buffer {
  const content = file.subarray(0, Math.max(0, file.length - DIGEST_BYTES));
  if (!digestOf(content).equals(file.subarray(content.length))) throw new Error("it is something else, or damaged");
  return content;
}
