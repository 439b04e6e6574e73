/** What others say of a packed package: publint of its manifest and files, "are the types wrong" of its types. */
import { readFileSync } from "node:fs";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { problemAffectsResolutionKind } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** How modules of ES are found, which is all that these packages have. */
const RESOLUTIONS = ["node16-esm", "bundler"];

/** The faults of a tarball, each in a line. `folder` is what it was packed from. */
export async function judged(tarball, folder, manifest) {
  const bytes = new Uint8Array(readFileSync(tarball));
  // What is packed is all of the folder.
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
  const analysis = await checkPackage(createPackageFromTarballData(bytes));
  const problems = (analysis.problems ?? []).filter((problem) =>
    RESOLUTIONS.some((kind) => problemAffectsResolutionKind(problem, kind, analysis)),
  );
  return [
    ...messages.map((message) => formatMessage(message, manifest, { color: false })),
    ...problems.map((problem) => `types: ${JSON.stringify(problem)}`),
  ];
}
