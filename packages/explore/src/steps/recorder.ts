import { ExploreError } from "../error.ts";
import { NewCell } from "../machine/cells.ts";
import { StepKind } from "./step.ts";
import type { StepTrees } from "./tree.ts";

/** Cuts an operation off at the step that is not known yet. One object, so that it costs no stack trace. */
const CUT = Object.freeze({ name: "Cut" });

/**
 * Runs operations, as they ship, up to a node of their tree: each step that they ask for is answered with the result on the
 * path to that node, and at the first that has no result yet the operation is cut off. What it asked for there is the
 * node's step. So an operation needs no stack of its own: its local state is the node.
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
   * Finds out what an unknown node's step is.
   *
   * @param body - the operation, from its start
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
        // The code under exploration failed: that is an answer.
        this.trees.learn(node, StepKind.FAILED, 0, 0, 0, error instanceof Error ? error.message : String(error));
        return;
      }
    }
    if (!ended) return;
    if (this.cut) {
      const where = this.trees.sites[this.trees.site[node]!];
      throw new ExploreError("STEP_SWALLOWED", `code went on after it was cut off at ${where}; it must not catch all`);
    }
    if (this.at !== this.path.length - 1) this.trees.check(this.path[this.at]!, StepKind.DONE, 0, 0, 0);
    this.trees.learn(node, StepKind.DONE, 0, 0, 0, "");
  }

  /** Whether the operation goes on to its next step with a result that is known. */
  get replaying(): boolean {
    return this.at < this.path.length - 1;
  }

  /** Whether the operation has been cut off, and only its `finally` blocks still run. */
  get ended(): boolean {
    return this.cut;
  }

  /** A step. @returns its result */
  step(kind: number, a: number, b: number, c: number): number {
    // Blocks that run while the operation unwinds take no steps.
    if (this.cut) throw CUT;
    const node = this.path[this.at]!;
    if (this.at < this.path.length - 1) {
      this.trees.check(node, kind, a, b, c);
      return this.trees.result[this.path[++this.at]!]!;
    }
    this.trees.learn(node, kind, a, b, c, siteOf());
    this.cut = true;
    throw CUT;
  }
}

/** Functions of the explorer itself, and of the page-table package's insides, which are no place in a scheme's code. */
const INNER =
  /^(?:siteOf|Recorder\.|Stepped|KernelView\.|PageView\.|Object\.|new |Array\.|kindAt|frameAt|writeEntry|clearEntry|allocate$)/;

/** Who asks for the step: the innermost functions of the code under exploration, as `LazyShadow.free < LazyShadow.release`. */
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
