import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  completeAnyWord,
} from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import { API_FILE, type ApiEntry } from "../api-entry.ts";
import { element } from "./dom.ts";

type Api = ReadonlyMap<string, ApiEntry>;

let loaded: Promise<Api> | undefined;

/** The kernel's API, fetched when it is first needed; empty if it cannot be. */
function api(): Promise<Api> {
  loaded ??= fetch(new URL(API_FILE, document.baseURI))
    .then(async (answer) => new Map(((await answer.json()) as ApiEntry[]).map((entry) => [entry.name, entry])))
    .catch(() => {
      loaded = undefined;
      return new Map();
    });
  return loaded;
}

/** Names of the kernel's API are completed, and explained where the pointer rests. */
export const kernelApi: Extension = [
  autocompletion({ override: [completeApi, completeAnyWord] }),
  hoverTooltip(async (view, position) => {
    const word = view.state.wordAt(position);
    const entry = word && (await api()).get(view.state.sliceDoc(word.from, word.to));
    if (!entry) return null;
    return { pos: word.from, end: word.to, above: true, create: () => ({ dom: describe(entry) }) };
  }),
];

async function completeApi(context: CompletionContext): Promise<CompletionResult | null> {
  const word = context.matchBefore(/\w{2,}/);
  if (!word && !context.explicit) return null;
  const options = [...(await api()).values()].map(
    (entry): Completion => ({ label: entry.name, type: entry.kind, detail: entry.header, info: () => describe(entry) }),
  );
  return { from: word?.from ?? context.pos, options, validFor: /^\w*$/ };
}

const describe = ({ signature, header, comment }: ApiEntry): HTMLElement =>
  element(
    "div",
    { class: "api" },
    element("code", {}, signature),
    ...(comment === undefined ? [] : [element("p", { class: "api-note" }, comment)]),
    element("p", { class: "api-note dim" }, `#include <${header}>`),
  );
