import { ExploreError } from "../error.ts";
import { NewCell } from "../machine/cells.ts";
import { StepKind } from "./step.ts";
import type { StepTrees } from "./tree.ts";

/** Thrown to cut an operation off at its first unknown step. A single object, so that no stack trace is created. */
const CUT = Object.freeze({ name: "Cut" });

/**
 * Runs shipped operations up to a node of their tree: each requested step gets the result on the path to that node, and at the
 * first step without a result the operation is cut off. That step is the node's step. So an operation needs no stack of its own:
 * its local state is the node.
 */
export class Recorder {
  private readonly trees: StepTrees;
  private path: readonly number[] = [];
  private at = 0;
  private cut = false;

  constructor(trees: StepTrees) {
    this.trees = trees;
  }

  /**
   * Determines an unknown node's step.
   *
   * @param body - runs the operation from its start
   */
  learn(node: number, body: () => void): void {
    this.path = this.trees.path(node);
    this.at = 0;
    this.cut = false;
    let ended = false;
    try {
      body();
      ended = true;
    } catch (error) {
      if (error !== CUT) {
        if (error instanceof ExploreError || error instanceof NewCell) throw error;
        // A failure of the code under exploration is a result.
        this.trees.learn(node, StepKind.FAILED, 0, 0, 0, error instanceof Error ? error.message : String(error));
        return;
      }
    }
    if (!ended) return;
    if (this.cut) {
      const where = this.trees.sites[this.trees.site[node]];
      throw new ExploreError("STEP_SWALLOWED", `code went on after it was cut off at ${where}; it must not catch all`);
    }
    if (this.at !== this.path.length - 1) this.trees.check(this.path[this.at], StepKind.DONE, 0, 0, 0);
    this.trees.learn(node, StepKind.DONE, 0, 0, 0, "");
  }

  /** Whether the result of the operation's next step is known. */
  get replaying(): boolean {
    return this.at < this.path.length - 1;
  }

  /** Whether the operation has been cut off and only its `finally` blocks are still running. */
  get ended(): boolean {
    return this.cut;
  }

  /** Makes a step. @returns its result */
  step(kind: number, a: number, b: number, c: number): number {
    // Blocks that run while the operation unwinds make no steps.
    if (this.cut) throw CUT;
    const node = this.path[this.at];
    if (this.at < this.path.length - 1) {
      this.trees.check(node, kind, a, b, c);
      return this.trees.result[this.path[++this.at]];
    }
    this.trees.learn(node, kind, a, b, c, siteOf());
    this.cut = true;
    throw CUT;
  }
}

/** Functions of the explorer and internals of the page-table package, which are omitted from locations in a scheme's code. */
const INNER =
  /^(?:siteOf|Recorder\.|Stepped|KernelView\.|PageView\.|Object\.|new |Array\.|kindAt|frameAt|writeEntry|clearEntry|allocate$)/;

/**
 * The location that requests the step: the innermost functions of the code under exploration, as `LazyShadow.free <
 * LazyShadow.release`.
 */
function siteOf(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 20;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = limit;
  const names: string[] = [];
  for (const line of stack.split("\n")) {
    const name = /^ {4}at ([\w.$#]+(?: \[as \w+\])?) \(/.exec(line)?.[1];
    if (name === undefined || INNER.test(name)) continue;
    if (/^(?:Page)?OperationRunner|^run(?:Page)?Operation$/.test(name)) break;
    names.push(name.replace(/ \[as (\w+)\]/, "").replace(/#/g, ""));
    if (names.length === 3) break;
  }
  return names.join(" < ");
}
