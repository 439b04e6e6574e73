#!/usr/bin/env node
// A file that is there before the first build, so that npm links the command at install.
import module from "node:module";

// From Node 22 on, what was compiled once is kept for the next start: a fifth of it.
module.enableCompileCache?.();
await import("../dist/bin.js");
