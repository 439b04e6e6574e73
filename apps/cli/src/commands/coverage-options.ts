import { Command, Option } from "@commander-js/extra-typings";
import { OutputFile } from "../output-file.ts";

/** How the lines that ran are told: an lcov tracefile, or the source as a page. */
const FORMATS = ["lcov", "html"] as const;

/** Where the lines that ran go, and in which form. Not an interface: the types of flags are none. */
export type CoverageFlags = {
  coverage?: string | undefined;
  coverageFormat?: (typeof FORMATS)[number] | undefined;
};

/** The options for the lines that ran. `about` says which. */
export const coverageOptions = (about: string) =>
  new Command()
    .addOption(new OutputFile("--coverage <file>", about))
    .addOption(
      new Option(
        "--coverage-format <name>",
        "form of --coverage: an lcov tracefile, or a page with the source (default: lcov)",
      ).choices(FORMATS),
    ) as Command<[], CoverageFlags>;

/** Refuses a form of nothing. */
export function checkCoverage({ coverage, coverageFormat }: CoverageFlags, refuse: (message: string) => void): void {
  if (coverageFormat !== undefined && coverage === undefined)
    refuse("error: --coverage-format is the form of --coverage: give that as well");
}
