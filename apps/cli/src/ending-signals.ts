/** Signals by which people and systems end a process, and which it can answer. */
export const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
