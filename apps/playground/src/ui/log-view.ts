import { formatLogLine, type LogLine } from "@kasan/kernel";
import { element } from "./dom.ts";
import { type LinkTargets, linked } from "./links.ts";

/** Lines that say what went wrong. */
const LOUD = /^(?:BUG: |Kernel panic|Oops: |Unable to handle )/;

/** The kernel's log, as its console prints it. */
export class LogView {
  readonly panel = element("div", { class: "panel" });
  private readonly text = element("pre", { class: "log" });

  constructor(private readonly targets: () => LinkTargets) {
    this.panel.append(this.text);
  }

  /** Empties the log. */
  clear(): void {
    this.text.replaceChildren();
  }

  /** Adds lines. */
  add(lines: readonly LogLine[]): void {
    const targets = this.targets();
    this.text.append(...lines.flatMap((line) => this.lineOf(line, targets)));
  }

  private lineOf(line: LogLine, targets: LinkTargets): (Node | string)[] {
    const whole = formatLogLine(line);
    const time = element("span", { class: "dim" }, whole.slice(0, whole.length - line.text.length));
    const words = linked(line.text, targets);
    return [time, ...(LOUD.test(line.text) ? [element("strong", { class: "loud" }, ...words)] : words), "\n"];
  }
}
