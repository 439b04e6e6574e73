/** What is said of a test: that what it asks about can be seen, cannot, or, if it asks for all executions, is seen in all. */
export type LitmusVerdict = "Allowed" | "Forbidden" | "Required";

const BY_LETTER: Readonly<Record<string, LitmusVerdict>> = { A: "Allowed", F: "Forbidden", R: "Required" };

/**
 * Reads verdicts as the files of kinds of herd7's catalogue have them: a line for each test, its name and Allowed, Forbidden or Required,
 * or their beginnings. Other lines are left out.
 *
 * @returns verdicts by the tests' names
 */
export function parseVerdicts(text: string): Map<string, LitmusVerdict> {
  const verdicts = new Map<string, LitmusVerdict>();
  for (const line of text.split("\n")) {
    const parts = /^\s*(\S+)\s+([AFR])(?:llow|orbid|equire)/.exec(line);
    if (parts !== null) verdicts.set(parts[1] as string, BY_LETTER[parts[2] as string] as LitmusVerdict);
  }
  return verdicts;
}
