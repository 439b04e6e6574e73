import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { cpp } from "@codemirror/lang-cpp";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, type Diagnostic as Mark, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  WidgetType,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { Diagnostic } from "../protocol.ts";
import { element } from "./dom.ts";
import { kernelApi } from "./kernel-api.ts";

/** A note behind a line, about a report. */
export interface LineNote {
  /** The line, from 1 on. */
  readonly line: number;
  /** A few words. */
  readonly text: string;
  /** Called when the note is clicked. */
  readonly open: () => void;
}

/** What the editor tells. */
export interface EditorEvents {
  /** The text was changed by a person. */
  changed(): void;
  /** Ctrl-Enter was pressed. */
  run(): void;
}

/** The editor of the program. */
export class Editor {
  private readonly view: EditorView;
  private settling = false;

  constructor(parent: HTMLElement, events: EditorEvents) {
    const run = () => {
      events.run();
      return true;
    };
    const changes = EditorView.updateListener.of(({ docChanged }) => {
      if (docChanged && !this.settling) events.changed();
    });
    const label = EditorView.contentAttributes.of({
      "aria-label": "Program in C. Control and Enter runs it; Escape, then Tab leaves the editor.",
    });
    this.view = new EditorView({
      parent,
      extensions: [keymap.of([{ key: "Mod-Enter", run }]), ...EXTENSIONS, kernelApi, changes, label],
    });
  }

  /** The program. */
  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    this.settling = true;
    this.view.dispatch({
      changes: { from: 0, to: this.view.state.doc.length, insert: text },
      selection: { anchor: 0 },
      effects: setNotes.of([]),
    });
    this.view.scrollDOM.scrollTop = 0;
    this.view.dispatch(setDiagnostics(this.view.state, []));
    this.settling = false;
  }

  /** Moves the cursor to a line, and shows it. */
  go(line: number): void {
    const at = this.lineAt(line);
    if (!at) return;
    this.view.dispatch({
      selection: { anchor: at.from, head: at.to },
      effects: EditorView.scrollIntoView(at.from, { y: "center" }),
    });
    this.view.focus();
    this.view.dom.scrollIntoView({ block: "nearest" });
  }

  /** Marks what clang says. */
  diagnose(messages: readonly Diagnostic[]): void {
    const marks = messages.flatMap(({ line, column, severity, message }): Mark[] => {
      const at = this.lineAt(line);
      if (!at) return [];
      const from = Math.min(at.to, at.from + column - 1);
      const word = this.view.state.wordAt(from);
      const to = word && word.from === from ? word.to : Math.min(at.to, from + 1);
      return [{ from, to, severity: severity === "note" ? "info" : severity, message, source: "clang" }];
    });
    this.view.dispatch(setDiagnostics(this.view.state, marks));
  }

  /** Shows notes behind lines, instead of those before, and scrolls to what went wrong. */
  annotate(notes: readonly LineNote[]): void {
    const shown = notes.flatMap((note) => {
      const at = this.lineAt(note.line);
      return at ? [{ note, from: at.from, to: at.to }] : [];
    });
    const bad = shown.find(({ note }) => isBad(note));
    const look = bad ? [EditorView.scrollIntoView(bad.from, { y: "center" })] : [];
    this.view.dispatch({ effects: [setNotes.of(shown), ...look] });
  }

  private lineAt(line: number) {
    const { doc } = this.view.state;
    return line >= 1 && line <= doc.lines ? doc.line(line) : undefined;
  }
}

/** A note and its line's range in the text. */
interface PlacedNote {
  readonly note: LineNote;
  readonly from: number;
  readonly to: number;
}

/** Whether a note is about what went wrong, not what came before it. */
const isBad = ({ text }: LineNote): boolean => text === "crash" || text.startsWith("bad");

const setNotes = StateEffect.define<readonly PlacedNote[]>();

/** Notes move with their lines until the program runs again. */
const notesField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (notes, { changes, effects }) => {
    for (const effect of effects) if (effect.is(setNotes)) return decorations(effect.value);
    return notes.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorations(notes: readonly PlacedNote[]): DecorationSet {
  const ranges = notes.flatMap(({ note, from, to }) => [
    Decoration.line({ class: isBad(note) ? "line-bad" : "line-noted" }).range(from),
    Decoration.widget({ widget: new NoteWidget(note), side: 1 }).range(to),
  ]);
  return Decoration.set(ranges, true);
}

class NoteWidget extends WidgetType {
  constructor(private readonly note: LineNote) {
    super();
  }

  override eq({ note }: NoteWidget): boolean {
    return note === this.note;
  }

  toDOM(): HTMLElement {
    const { text, open } = this.note;
    return element("button", { type: "button", class: "note", click: open, title: "The report about this line" }, text);
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

/** Where a line is to be in the middle, the text is scrolled, and not the page that it is in: nobody asked for that. */
const scrollText = EditorView.scrollHandler.of((view, { head }, { y }) => {
  if (y !== "center") return false;
  view.scrollDOM.scrollTop = view.lineBlockAt(head).top - view.scrollDOM.clientHeight / 2;
  return true;
});

const EXTENSIONS: readonly Extension[] = [
  lineNumbers(),
  highlightActiveLineGutter(),
  highlightActiveLine(),
  history(),
  drawSelection(),
  EditorState.tabSize.of(8),
  indentUnit.of("\t"),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightSelectionMatches(),
  lintGutter(),
  notesField,
  scrollText,
  syntaxHighlighting(classHighlighter),
  cpp(),
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...completionKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
];
