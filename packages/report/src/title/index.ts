export type { FunctionNames } from "./names.ts";
export { SKIPPED_FRAMES, SKIPPED_FRAMES_VERSION, type SkippedFrames } from "./skip-frames.ts";
export { type CrashLines, type CrashName, nameCrash } from "./title.ts";
