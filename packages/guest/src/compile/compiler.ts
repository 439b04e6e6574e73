import ownPackage from "../../package.json" with { type: "json" };

/** The package that has LLVM's tools. It is large, and only those who compile need it. */
export const COMPILER_PACKAGE = "@yowasp/clang";

/** The version is pinned exactly, so it identifies the compiler. */
export const CLANG_VERSION = ownPackage.optionalDependencies[COMPILER_PACKAGE];
