/**
 * Draws the picture in README.md: what `kasan explain` prints of a real kernel's report, its first lines. @kasan/report must be built.
 *
 *     node scripts/readme-picture.js [--check]
 *
 * With `--check` it writes nothing, and fails if the picture is not up to date.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explainText, parseLog } from "@kasan/report";

const ROOT = join(import.meta.dirname, "..");
const LOG = "packages/report/testdata/slab-use-after-free-irq.txt";
const PICTURE = join(ROOT, "docs/explain.svg");
/** Where the picture ends: before the stacks. */
const END = "\n\nThe access\n";
const [LINE, COLUMN, MARGIN] = [17, 7.83, 16];

// Characters that no log has stand for the marks until the text is escaped.
const mark = (name) => (text) => `\u{e000}${name}\u{e001}${text}\u{e002}`;
const paint = Object.fromEntries(["bold", "dim", "red", "green", "yellow"].map((name) => [name, mark(name)]));
const [report] = parseLog(readFileSync(join(ROOT, LOG), "utf8")).reports;
const [plain, painted] = [undefined, paint].map((painter) => explainText(report, painter));
const rows = plain.slice(0, plain.indexOf(END)).split("\n");
const lines = [`$ kasan explain ${LOG.split("/").at(-1)}`, ...painted.split("\n").slice(0, rows.length)];

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const marked = (text) =>
  escaped(text)
    .replaceAll(/\u{e000}(\w+)\u{e001}/gu, '<tspan class="$1">')
    .replaceAll("\u{e002}", "</tspan>");
const width = Math.ceil(Math.max(...rows.map((row) => row.length)) * COLUMN) + 2 * MARGIN;
const height = lines.length * LINE + 2 * MARGIN;
const texts = lines.map((line, i) => `<text x="${MARGIN}" y="${MARGIN + 12 + i * LINE}">${marked(line)}</text>\n`);

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(report.title)}, as kasan explains it">
<style>text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6edf3;white-space:pre}.bold{font-weight:600}.dim{fill:#9da7b1}.red{fill:#ff8b85}.green{fill:#7ee787}.yellow{fill:#e3b341}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${texts.join("")}</svg>
`;

if (process.argv.includes("--check")) {
  if (!existsSync(PICTURE) || readFileSync(PICTURE, "utf8") !== picture) {
    console.error("docs/explain.svg is not up to date: node scripts/readme-picture.js draws it");
    process.exit(1);
  }
} else writeFileSync(PICTURE, picture);
