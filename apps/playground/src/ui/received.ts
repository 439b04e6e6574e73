/** Pasted texts with these words are logs, not C. */
const REPORT = /\bBUG: (?:KASAN|KFENCE|unable|kernel)|KASAN: |Call [Tt]race:|\bOops(?::|\b)/;
/** Larger files are not programs, or not logs. Bytes. */
const MOST_PROGRAM = 2 ** 20;
const MOST_LOG = 32 * 2 ** 20;

/** What can be done with what a person gives the page. */
export interface Receivers {
  /** A log of a kernel. */
  takeLog(text: string): void;
  /** A C file. */
  takeProgram(name: string, text: string): void;
  /** A memory image. */
  takeDump(file: File): void;
}

/** Takes files that are dropped anywhere on the page, and reports that are pasted outside a field. */
export function receive(receivers: Receivers): void {
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener(
    "drop",
    (event) => {
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      event.stopPropagation();
      void take(file, receivers);
    },
    { capture: true },
  );
  addEventListener(
    "paste",
    (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const inField = event.target instanceof HTMLElement && event.target.closest("input, textarea");
      if (inField || !REPORT.test(text)) return;
      event.preventDefault();
      event.stopPropagation();
      receivers.takeLog(text);
    },
    { capture: true },
  );
}

/** Finds out what a file is: by its name if that says it, or else by its content. */
export async function take(file: File, receivers: Receivers): Promise<void> {
  if (file.name.endsWith(".c") && file.size <= MOST_PROGRAM) return receivers.takeProgram(file.name, await file.text());
  const head = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  if (file.size > MOST_LOG || head.includes(0) || isCompressed(head)) receivers.takeDump(file);
  else receivers.takeLog(await file.text());
}

/** gzip, Zstandard: dumps are compressed. */
const isCompressed = ([first, second, third]: Uint8Array): boolean =>
  (first === 0x1f && second === 0x8b) || (first === 0x28 && second === 0xb5 && third === 0x2f);
