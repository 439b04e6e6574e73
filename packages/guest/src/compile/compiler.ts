import { createRequire } from "node:module";
import ownPackage from "../../package.json" with { type: "json" };
import { GuestError } from "../error.ts";

/** The package that has LLVM's tools. It is large, and only those who compile need it. */
const PACKAGE = "@yowasp/clang";

/** The version is pinned exactly, so it identifies the compiler. */
export const CLANG_VERSION = ownPackage.optionalDependencies[PACKAGE];

/**
 * Says so if the compiler is not installed.
 *
 * @throws {@link GuestError} `NO_COMPILER`
 */
export function requireCompiler(): void {
  try {
    createRequire(import.meta.url).resolve(PACKAGE);
  } catch {
    throw new GuestError(
      "NO_COMPILER",
      `C is compiled with clang, an optional package that is not installed; npm install ${PACKAGE}@${CLANG_VERSION} adds it`,
    );
  }
}
