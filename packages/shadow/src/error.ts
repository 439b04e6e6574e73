/**
 * Every package of this project throws this on bad input. A package subclasses it, so that a caller can tell by
 * `instanceof` where an error comes from and by {@link KasanError.code | code} which error it is.
 */
export class KasanError extends Error {
  /** The class's name, for logs. */
  override name = "KasanError";

  /**
   * @param code Stable, in capitals, prefixed with the package's subject: `SHADOW_RANGE`. Callers branch on this.
   * @param message What was wrong, where, and what to do about it.
   * @param options The error that caused this one, if any.
   */
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Bad input to `@kasan/shadow`. Codes: `ADDRESS_RANGE`, `ADDRESS_SYNTAX`, `SHADOW_LAYOUT`, `SHADOW_RANGE`,
 * `SHADOW_ALIGN`, `SHADOW_VALUE`, `VERSION_SYNTAX`.
 */
export class ShadowError extends KasanError {
  /** The class's name, for logs. */
  override name = "ShadowError";
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "that is not permitted",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the disk or terminal does not answer",
  EINVAL: "the system does not take that",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "links lead in a circle",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is a file",
  EISDIR: "it is a folder",
  EEXIST: "it is a file, or a link to nothing",
  EROFS: "the disk is read-only",
  ETXTBSY: "it is a program that runs",
  ERR_FS_FILE_TOO_LARGE: "it is too large",
};

/** Why something with a file failed, in words: those of the error itself if it is none that systems report. */
export function fileReason(error: unknown): string {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  return (typeof code === "string" ? FILE_REASONS[code] : undefined) ?? String(message ?? error);
}
