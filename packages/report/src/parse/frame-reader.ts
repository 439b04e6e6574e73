import type { InlinedFrame, StackFrame } from "../frame.ts";
import type { LineRole } from "../sections/section.ts";
import { parseTraceLine } from "./frame.ts";

/** The markers of a stack in the call traces of x86: ` <IRQ>` … ` </IRQ>`. */
const MARKER = /^<(\/?)([A-Z_#\d]{2,8}|#[A-Z\d]{2})>\s*/;

/** Reads the frames of a report's stacks, and single frames on lines of their own. */
export class FrameReader {
  private stack: StackFrame[] | undefined;
  private named = false;
  private stackName: string | undefined;
  private inlined: InlinedFrame[] = [];
  private expected: ((frame: StackFrame) => LineRole) | undefined;

  /** The stack that frames are added to; `undefined` if none are expected. */
  get current(): StackFrame[] | undefined {
    return this.stack;
  }

  /**
   * Adds the frames that follow to `stack`.
   *
   * @param named Whether the frames keep the name of their stack.
   */
  into(stack: StackFrame[], named = false): void {
    this.stack = stack;
    this.named = named;
    this.stackName = undefined;
    this.expected = undefined;
  }

  /** Expects no more frames. */
  end(): void {
    this.stack = undefined;
    this.expected = undefined;
  }

  /** Hands the frame in the next line to `take`. Symbolizers add a line for each function merged into it. */
  expect(take: (frame: StackFrame) => LineRole): void {
    this.expected = take;
  }

  /** Reads a trimmed line; `undefined` if it is not a frame, or none is expected. */
  read(text: string): LineRole | undefined {
    if (text.charCodeAt(0) === 0x3c && this.stack !== undefined) {
      const marker = MARKER.exec(text);
      if (marker !== null) {
        this.stackName = marker[1] === "/" || marker[2] === "EOI" ? undefined : marker[2];
        const rest = text.slice(marker[0].length);
        return rest === "" ? "stack-name" : (this.read(rest) ?? "stack-name");
      }
    }
    if (this.expected !== undefined) return this.readExpected(text, this.expected);
    if (this.stack === undefined) return undefined;
    const line = parseTraceLine(text);
    if (line === undefined) return undefined;
    if (line.kind === "inline") {
      this.inlined.push(line.inlined);
      return "frame";
    }
    // The caller of the line above is the function that is called here.
    if (line.kind === "call" && this.stack.at(-1)?.symbol !== line.called.symbol) this.push(this.stack, line.called);
    this.push(this.stack, line.frame);
    return "frame";
  }

  private push(stack: StackFrame[], frame: StackFrame): void {
    const { inlined } = this;
    const name = this.named && this.stackName !== "TASK" ? this.stackName : undefined;
    if (name === undefined && inlined.length === 0) {
      stack.push(frame);
      return;
    }
    stack.push({ ...frame, ...(name !== undefined && { stack: name }), ...(inlined.length > 0 && { inlined }) });
    this.inlined = [];
  }

  private readExpected(text: string, take: (frame: StackFrame) => LineRole): LineRole | undefined {
    const line = parseTraceLine(text);
    if (line?.kind !== "inline") this.expected = undefined;
    if (line === undefined) return undefined;
    return take(line.kind === "inline" ? { symbol: line.inlined.symbol, reliable: true } : line.frame);
  }
}
