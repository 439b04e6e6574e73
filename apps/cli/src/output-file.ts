import { Option } from "@commander-js/extra-typings";

/** A flag that names a file to be written. What cannot be written is refused before the command begins. */
export class OutputFile<Usage extends string> extends Option<Usage> {}
