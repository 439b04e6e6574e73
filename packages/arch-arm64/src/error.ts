import { KasanError } from "@kasan/shadow";

/** Bad input to this package. Codes: `ARM64_OPTIONS`. */
export class Arm64Error extends KasanError {
  /** The class's name, for logs. */
  override name = "Arm64Error";
}
