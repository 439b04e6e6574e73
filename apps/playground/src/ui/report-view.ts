import type { Explained, ExplainedReport } from "../protocol.ts";
import { element } from "./dom.ts";
import { type LinkTargets, linkWithin } from "./links.ts";

/** Reports, explained in words and a picture. */
export class ReportView {
  readonly panel = element("div", { class: "panel explained" });

  /** Shows reports; `none` is what is said if there are none. */
  show({ reports, more }: Explained, none: string, targets: LinkTargets): void {
    const note = (text: string) => element("p", { class: "empty" }, text);
    const end = more > 0 ? [note(`${more} more reports are in the log.`)] : [];
    if (reports.length === 0) this.panel.replaceChildren(note(none));
    else this.panel.replaceChildren(...reports.map((report) => this.article(report, targets)), ...end);
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
