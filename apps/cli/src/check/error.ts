import { KasanError } from "@kasan/shadow";

/** What `kasan check` cannot do with what it was given. */
export class CheckError extends KasanError {
  constructor(message: string) {
    super("CHECK", message);
    this.name = "CheckError";
  }
}
