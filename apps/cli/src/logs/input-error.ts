import { fileReason, KasanError } from "@kasan/shadow";

/** An input that cannot be read. Codes: `INPUT_MISSING`, `INPUT_DAMAGED`, `INPUT_FOLDER`, `INPUT_KIND`, `INPUT_SYMBOLS`, `INPUT_GIT`, `INPUT_ADDRESS`. */
export class InputError extends KasanError {
  override name = "InputError";
}

/** A problem with a file, for people to read. */
export function inputError(path: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new InputError("INPUT_MISSING", `${path}: no such file`);
  if (code === "EISDIR") return new InputError("INPUT_FOLDER", `${path}: is a folder`);
  if (code === "EACCES") return new InputError("INPUT_MISSING", `${path}: may not be read`);
  return new InputError("INPUT_DAMAGED", `${path}: cannot be read: ${fileReason(error)}`);
}
