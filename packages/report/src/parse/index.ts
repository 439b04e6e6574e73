export * from "./parsed.ts";
export { formatLog, LogParser, type ParsedLog, parseLog } from "./parser.ts";
export * from "./remains.ts";
export { encodeLog, type LogChunk } from "./text.ts";
