import { KasanError } from "@kasan/shadow";

/** Bad input to this package. Codes: `RISCV_OPTIONS`. */
export class Riscv64Error extends KasanError {
  /** The class's name, for logs. */
  override name = "Riscv64Error";
}
