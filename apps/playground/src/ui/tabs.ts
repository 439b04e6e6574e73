import { element } from "./dom.ts";

/** A tab and what it shows. */
export interface Tab {
  /** Names it in the page. */
  readonly id: string;
  readonly title: string;
  readonly panel: HTMLElement;
}

/** Panels of which one is seen, chosen with a pointer or with arrow keys (the pattern "tabs" of WAI-ARIA). */
export class Tabs {
  private readonly buttons: readonly HTMLButtonElement[];

  /** @param shown - called when a panel appears */
  constructor(
    place: HTMLElement,
    label: string,
    private readonly tabs: readonly Tab[],
    private readonly shown: (id: string) => void = () => {},
  ) {
    this.buttons = tabs.map(({ id, title, panel }) => {
      panel.id = `panel-${id}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", `tab-${id}`);
      panel.tabIndex = 0;
      const click = () => this.select(id);
      return element(
        "button",
        { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": panel.id, click },
        title,
      );
    });
    const list = element("div", { role: "tablist", "aria-label": label }, ...this.buttons);
    list.addEventListener("keydown", (event) => this.move(event));
    place.append(list, ...tabs.map(({ panel }) => panel));
    this.select(tabs[0]!.id);
  }

  /** Shows a tab. */
  select(id: string): void {
    for (const [i, tab] of this.tabs.entries()) {
      const selected = tab.id === id;
      tab.panel.hidden = !selected;
      this.buttons[i]!.setAttribute("aria-selected", String(selected));
      this.buttons[i]!.tabIndex = selected ? 0 : -1;
    }
    this.shown(id);
  }

  private move(event: KeyboardEvent): void {
    const now = this.buttons.indexOf(event.target as HTMLButtonElement);
    const last = this.tabs.length - 1;
    const to = { ArrowLeft: now === 0 ? last : now - 1, ArrowRight: now === last ? 0 : now + 1, Home: 0, End: last }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    this.select(this.tabs[to]!.id);
    this.buttons[to]!.focus();
  }
}
