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
