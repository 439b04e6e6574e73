import type { Example } from "../examples.ts";
import { element } from "./dom.ts";
import { EXAMPLES } from "./shipped.ts";

/** The list of examples, by kind of bug. */
export class ExampleList {
  /** @param chosen - called when a person chooses one */
  constructor(
    private readonly list: HTMLSelectElement,
    chosen: (example: Example) => void,
  ) {
    const groups = new Map<string, Example[]>();
    for (const example of EXAMPLES) {
      const bug = example.bug ?? "no bug";
      groups.set(bug, [...(groups.get(bug) ?? []), example]);
    }
    const option = ({ name }: Example) => element("option", { value: name }, name);
    list.append(
      element("option", { value: "", hidden: true }, "your program"),
      ...[...groups].map(([label, examples]) => element("optgroup", { label }, ...examples.map(option))),
    );
    list.addEventListener("change", () => {
      const example = EXAMPLES.find(({ name }) => name === list.value);
      if (example) chosen(example);
    });
  }

  /** Shows which example there is, if it is one. */
  show(example: Example | undefined): void {
    this.list.value = example?.name ?? "";
  }
}
