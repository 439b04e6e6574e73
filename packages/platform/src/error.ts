import { KasanError } from "@kasan/shadow";

/**
 * A platform that is not there, or that lacks what is asked of it.
 *
 * | code | meaning |
 * |---|---|
 * | `PLATFORM_NAME` | no architecture of that name is registered, or two are |
 * | `PLATFORM_OPTION` | an option that the architecture does not have, or a value that the option does not take |
 * | `PLATFORM_MEMBER` | the architecture does not say what is needed here: see the member that the message names |
 */
export class PlatformError extends KasanError {
  /** The class's name, for logs. */
  override name = "PlatformError";
}
