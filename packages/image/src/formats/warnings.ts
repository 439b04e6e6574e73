/** Collects warnings, a few of each kind. */
export class Warnings {
  /** The warnings, for people to read. */
  readonly list: string[] = [];
  private readonly seen = new Map<string, number>();

  /** Adds one of a kind. */
  add(kind: string, text: string): void {
    const count = (this.seen.get(kind) ?? 0) + 1;
    this.seen.set(kind, count);
    if (count <= 3) this.list.push(text);
    if (count === 4) this.list.push(`more of the same: ${kind}`);
  }
}
