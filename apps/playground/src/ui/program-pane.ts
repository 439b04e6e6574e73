import type { Example } from "../examples.ts";
import { packName } from "../pack.ts";
import type { RunRequest } from "../protocol.ts";
import { DEFAULTS, flagsOf, type Settings } from "../settings.ts";
import { byId } from "./dom.ts";
import { Editor } from "./editor.ts";
import { ExampleList } from "./example-list.ts";
import { SettingsForm } from "./settings-form.ts";
import type { Shared } from "./share.ts";
import { EXAMPLES } from "./shipped.ts";

/** The name of a program that was written here. */
const OWN_NAME = "bug.c";

/** What a person did with the program. */
interface ProgramEvents {
  /** Chose an example. */
  chosen(example: Example): void;
  /** Changed the text. */
  edited(): void;
  /** Asked for a run, in the editor. */
  run(): void;
}

/** The program: its text, its name, and the settings to run it with. */
export class ProgramPane {
  readonly editor: Editor;
  private readonly form: SettingsForm;
  private readonly examples: ExampleList;
  private known = OWN_NAME;

  constructor(events: ProgramEvents) {
    const edited = () => {
      this.edited();
      events.edited();
    };
    this.editor = new Editor(byId("editor"), { changed: edited, run: () => events.run() });
    this.form = new SettingsForm(byId("settings"), DEFAULTS, () => this.describe());
    this.examples = new ExampleList(byId("example"), (example) => events.chosen(example));
  }

  /** The file's name. */
  get name(): string {
    return this.known;
  }

  /** The settings. */
  get settings(): Settings {
    return this.form.value;
  }

  /** The example that the editor has, unchanged. */
  get example(): Example | undefined {
    return EXAMPLES.find(({ text }) => text === this.editor.text);
  }

  /** What a link would hold. */
  get shared(): Shared {
    return { program: { name: this.name, text: this.editor.text }, settings: this.settings };
  }

  /** Asks for a run, with these settings. */
  request(settings: Settings): RunRequest {
    const { example, shared } = this;
    const { program } = shared;
    return { program, settings, ...(example && { pack: packName(example.name, settings.arch, settings.mode) }) };
  }

  /** Shows another program. */
  open({ program: { name, text }, settings }: Shared): void {
    this.editor.text = text;
    this.known = this.example?.name ?? name;
    this.form.show(settings);
    this.describe();
  }

  /** An example that was changed is a person's own program. */
  private edited(): void {
    const wasExample = EXAMPLES.some(({ name }) => name === this.known);
    this.known = this.example?.name ?? (wasExample ? OWN_NAME : this.known);
    this.describe();
  }

  /** Says what the program is, and how to run the same elsewhere. */
  private describe(): void {
    this.examples.show(this.example);
    byId("about").textContent = this.example?.about ?? "";
    byId("command").textContent = ["npx @kasan/cli run", this.name, ...flagsOf(this.settings)].join(" ");
  }
}
