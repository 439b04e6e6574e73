import { KasanError } from "@kasan/shadow";

/** Thrown when `kasan check` cannot use its input. */
export class CheckError extends KasanError {
  constructor(message: string) {
    super("CHECK", message);
    this.name = "CheckError";
  }
}
