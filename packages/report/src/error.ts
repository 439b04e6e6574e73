import { KasanError } from "@kasan/shadow";

/** Bad input to `@kasan/report`. Codes: `KCIDB_SOURCE`, `LOG_CHUNK`, `LOG_ENDED`, `STYLE`. No log, however damaged, is bad input: it is data. */
export class ReportError extends KasanError {
  /** The class's name, for logs. */
  override name = "ReportError";
}
