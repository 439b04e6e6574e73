import { escapeHtml } from "./escape.ts";

/** How a verdict is meant. Each tone has a shape and a colour, so that none depends on seeing colours. */
export type Tone =
  /** As it should be: a tick. */
  | "good"
  /** So far as it is known: a circle. */
  | "partial"
  /** Wrong: a cross. */
  | "bad"
  /** Wrong in another way, such as a crash: a triangle. */
  | "alarm"
  /** Nothing to judge: a dash. */
  | "quiet";

/** A verdict in words, with the shape and the colour of its tone. `text` is escaped. */
export const mark = (tone: Tone, text: string): string => `<span class="mark ${tone}">${escapeHtml(text)}</span>`;
