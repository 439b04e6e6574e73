/** The indent of JSON in this project's output. */
const INDENT = 2;

/** The text of a JSON list whose items come one by one: the same as that of `JSON.stringify` with an indent of 2, in a document. */
export class JsonList {
  private readonly outer: string;
  private readonly before: number;
  private readonly after: number;
  private empty = true;

  /** @param depth How many lists and objects are around it. */
  constructor(private readonly depth: number) {
    this.outer = `\n${" ".repeat(INDENT * depth)}`;
    // The text of so many lists within each other before and behind the innermost one's item.
    this.before = Array.from({ length: depth + 1 }, (_, i) => 2 + INDENT * (i + 1)).reduce((sum, n) => sum + n, 0);
    this.after = Array.from({ length: depth + 1 }, (_, i) => 2 + INDENT * i).reduce((sum, n) => sum + n, 0);
  }

  /** The next item, with what stands before it. */
  item(value: unknown): string {
    let nested = value;
    for (let i = 0; i <= this.depth; i++) nested = [nested];
    const whole = JSON.stringify(nested, undefined, INDENT);
    const mark = this.empty ? "[" : ",";
    this.empty = false;
    return `${mark}${this.outer}${" ".repeat(INDENT)}${whole.slice(this.before, whole.length - this.after)}`;
  }

  /** What stands behind the last item. */
  end(): string {
    return this.empty ? "[]" : `${this.outer}]`;
  }
}
