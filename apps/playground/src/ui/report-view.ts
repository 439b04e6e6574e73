import type { ExplainedReport } from "../protocol.ts";
import { element } from "./dom.ts";
import { type LinkTargets, linkWithin } from "./links.ts";

/** Reports, explained in words and a picture. */
export class ReportView {
  readonly panel = element("div", { class: "panel explained" });

  /** Shows reports; `none` is what is said if there are none. */
  show(reports: readonly ExplainedReport[], none: string, targets: LinkTargets): void {
    if (reports.length === 0) this.panel.replaceChildren(element("p", { class: "empty" }, none));
    else this.panel.replaceChildren(...reports.map((report) => this.article(report, targets)));
  }

  /** Shows what a compiler or a loader says. */
  showText(text: string): void {
    this.panel.replaceChildren(element("pre", {}, text));
  }

  /** Scrolls to a report, by its index. */
  reveal(index: number): void {
    this.panel.children[index]?.scrollIntoView({ block: "start" });
  }

  private article({ html }: ExplainedReport, targets: LinkTargets): HTMLElement {
    const place = element("div");
    // The report's texts are escaped by what makes the HTML.
    place.innerHTML = html;
    linkWithin(place, targets);
    return place;
  }
}
