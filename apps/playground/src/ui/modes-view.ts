import type { Tone } from "@kasan/html";
import type { ModeOutcome } from "../protocol.ts";
import { element } from "./dom.ts";

/** What each mode of KASAN finds in the program. */
export class ModesView {
  readonly panel = element("div", { class: "panel modes" });
  private readonly button = element("button", { type: "button" }, "Run in every mode");
  private readonly content = element("div");

  /** @param compare - runs the program in each mode */
  constructor(compare: () => void) {
    this.button.addEventListener("click", compare);
    this.panel.append(
      element(
        "p",
        {},
        "Generic KASAN has a shadow byte for each 8 bytes; with tags, a pointer and each 16 bytes of memory have a tag, which must agree. Runs the program once in each mode that the architecture has: arm64 has all.",
      ),
      this.button,
      this.content,
    );
  }

  /** Forgets what was found in another program. */
  clear(): void {
    this.content.replaceChildren();
  }

  /** Shows what each mode found. */
  show(outcomes: readonly ModeOutcome[], arch: string): void {
    const head = ["Mode", "Found", "Shadow or tags"].map((title) => element("th", { scope: "col" }, title));
    const rows = outcomes.map(({ mode, reports, stopped, missed, shadowBytes }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, mode),
        element(
          "td",
          {},
          verdict(mode, reports, stopped),
          ...missed.map((why) => element("p", { class: "dim why" }, why)),
        ),
        element("td", { class: "number" }, `${Math.round(shadowBytes / 1024)} KB`),
      ),
    );
    this.content.replaceChildren(
      element("h2", {}, `On ${arch}`),
      element(
        "table",
        { class: "index" },
        element("thead", {}, element("tr", {}, ...head)),
        element("tbody", {}, ...rows),
      ),
    );
  }
}

function verdict(mode: string, reports: readonly string[], stopped: string | undefined): HTMLElement {
  const counts = new Map<string, number>();
  for (const report of reports) counts.set(report, (counts.get(report) ?? 0) + 1);
  const found = [...counts].map(([report, count]) => (count === 1 ? report : `${count} × ${report}`)).join(", ");
  const tone: Tone = found !== "" ? "good" : stopped !== undefined ? "alarm" : "quiet";
  const nothing = mode === "off" ? "nobody looked" : "nothing";
  const text = found === "" ? (stopped === undefined ? nothing : `crashed: ${stopped}`) : found;
  return element("span", { class: `mark ${tone}` }, text);
}
