export * from "./parsed.ts";
export { formatLog, LogParser, type LogParserOptions, type ParsedLog, parseLog } from "./parser.ts";
export * from "./remains.ts";
export { encodeLog, type LogChunk } from "./text.ts";
export { titleOf } from "./title-of.ts";
