/** A part of a {@link bar}. */
export interface BarPart {
  /** Its share of the whole width, 0 to 1. */
  readonly share: number;
  /** The classes of its filling, which the page's own style defines. */
  readonly fill: string;
}

/** Amounts as a bar, to be compared with others below it. It is for the eye alone: the amounts have to stand beside it in words. */
export function bar(parts: readonly BarPart[]): string {
  const spans = parts
    .filter(({ share }) => share > 0)
    .map(({ share, fill }) => `<span class="${fill}" style="width:${(share * 100).toFixed(2)}%"></span>`);
  return `<span class="amounts" aria-hidden="true">${spans.join("")}</span>`;
}
