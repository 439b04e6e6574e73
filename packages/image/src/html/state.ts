import { key } from "@kasan/html";
import type { ObjectState } from "../kernel/object.ts";

/** How what became of an object is shown: its filling, and the letter that stands for it. */
export const STATES: Readonly<Record<ObjectState, { readonly fill: string; readonly letter: string }>> = {
  "in use": { fill: "state in-use", letter: "U" },
  "in quarantine": { fill: "state in-quarantine", letter: "Q" },
  free: { fill: "state is-free", letter: "F" },
  unused: { fill: "state unused", letter: "N" },
  unknown: { fill: "state not-known", letter: "?" },
};

const MEANINGS: Partial<Readonly<Record<ObjectState, string>>> = { unused: "never allocated", unknown: "not known" };

/** A state in words. */
export const stateText = (state: ObjectState): string => MEANINGS[state] ?? state;

/** What the fillings of some states mean. `lettered`: with their letters. */
export function stateKey(states: Iterable<ObjectState>, lettered = false): string {
  const shown = new Set(states);
  const all = (Object.keys(STATES) as ObjectState[]).filter((state) => shown.has(state));
  return key(
    all.map((state) => ({
      fill: STATES[state].fill,
      text: `${lettered ? `${STATES[state].letter}: ` : ""}${stateText(state)}`,
    })),
  );
}
