#!/usr/bin/env node
// A file that is there before the first build, so that npm links the command at install.
import "../dist/bin.js";
