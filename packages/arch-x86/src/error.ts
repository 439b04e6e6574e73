import { KasanError } from "@kasan/shadow";

/** Bad input to this package. Codes: `X86_OPTIONS`. */
export class X86Error extends KasanError {
  /** The class's name, for logs. */
  override name = "X86Error";
}
