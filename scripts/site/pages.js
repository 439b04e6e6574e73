/** The pages of the site that are written in Markdown, in the order of its contents. */

/** @typedef {{ title: string, source: string, path: string, about: string }} SitePage */

const guide = (name, title, about) => ({ title, about, source: `docs/guides/${name}.md`, path: `guides/${name}.html` });
const doc = (name, title, about) => ({ title, about, source: `docs/${name}.md`, path: `docs/${name}.html` });

/** What one does first, each with its commands and what they print. @type {SitePage[]} */
export const GUIDES = [
  guide("first-bug", "Run your first bug", "A module with a bug, its report, and the line that is wrong."),
  guide("read-a-report", "Read a report", "What a log of a real kernel says, in words and a picture."),
  guide("a-dump", "Look into a dump", "Page tables and shadow of any address, in a memory image."),
  guide("ask-a-dump", "Ask a crash dump", "What a kernel's own data say: log, objects, stacks, who points where."),
  guide("design-a-scheme", "Design a shadow scheme", "A scheme of your own in one file, and every order of its steps."),
  guide("fuzz", "Fuzz a function", "A fuzz target, and the smallest input that goes wrong."),
  guide("add-an-architecture", "Add an architecture", "A processor as a plugin."),
];

/** @type {SitePage[]} */
export const DOCS = [
  doc("tour", "A tour of the commands", "What each command is for, by example."),
  {
    title: "Examples",
    about: "All programs, with their commands.",
    source: "examples/README.md",
    path: "docs/examples.html",
  },
  doc("cli", "The command line", "The help of every command."),
  doc("kernel-api", "The kernel API", "What guests can call."),
  doc("kernel-tree", "A kernel's source", "Files of a kernel, compiled against its own headers."),
  doc("fuzzing", "Fuzzing", "Targets, findings, and known bugs that it finds again."),
  doc("dumps", "Crash dumps", "What a dump tells, how it is known, and what was checked."),
  doc("shadow-schemes", "Shadow schemes", "How vmalloc memory and pages get their shadow."),
  doc("exploring", "Exploring", "Every interleaving, store buffers, stale TLBs."),
  doc("mechanisms", "Mechanisms", "What goes unnoticed without each part of KASAN."),
  doc("grouping", "Grouping", "How reports of one bug are found, and how well."),
  doc("plugins", "Plugins", "Architectures, schemes and properties of your own."),
  doc("architecture", "Architecture", "How the packages fit together."),
];

/** All of them. */
export const PAGES = [...GUIDES, ...DOCS];
