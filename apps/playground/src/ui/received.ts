/** Pasted texts with these words are logs. */
const REPORT = /\bBUG: (?:KASAN|KFENCE|unable|kernel)|KASAN: |Call [Tt]race:|\bOops(?::|\b)/;
/** Texts with such a line are programs, which may quote a log in a comment. */
const PROGRAM = /^\s*#\s*include\b/m;
/** Larger files are not programs for a page. Bytes. */
const MOST_PROGRAM = 2 ** 20;

/** What can be done with what a person gives the page. */
export interface Receivers {
  /** The text of a kernel's log. */
  takeLog(text: string): void;
  /** A C file. */
  takeProgram(name: string, text: string): void;
  /** A log or a memory image. */
  takeFile(file: File): void;
  /** What was given cannot be used. */
  refuse(message: string): void;
}

/** Takes files that are dropped anywhere on the page, and reports that are pasted outside a field. */
export function receive(receivers: Receivers): void {
  const { classList } = document.body;
  addEventListener("dragover", (event) => {
    event.preventDefault();
    classList.toggle("dropping", event.dataTransfer?.types.includes("Files") ?? false);
  });
  addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) classList.remove("dropping");
  });
  addEventListener(
    "drop",
    (event) => {
      classList.remove("dropping");
      const files = event.dataTransfer?.files;
      if (!files?.length) return;
      event.preventDefault();
      event.stopPropagation();
      void take(files, receivers);
    },
    { capture: true },
  );
  addEventListener(
    "paste",
    (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const inField = event.target instanceof HTMLElement && event.target.closest("input, textarea");
      if (inField || !REPORT.test(text) || PROGRAM.test(text)) return;
      event.preventDefault();
      event.stopPropagation();
      receivers.takeLog(text);
    },
    { capture: true },
  );
}

/** Takes a file: a C file has a name that says so. */
export async function take(files: FileList, receivers: Receivers): Promise<void> {
  const file = files[0]!;
  if (files.length > 1) return receivers.refuse(`One file at a time: ${files.length} were given.`);
  if (!/\.c$/i.test(file.name)) return receivers.takeFile(file);
  if (file.size > MOST_PROGRAM) return receivers.refuse(`${file.name} is larger than 1 MB.`);
  try {
    receivers.takeProgram(file.name, await file.text());
  } catch {
    receivers.refuse(`${file.name} cannot be read.`);
  }
}
