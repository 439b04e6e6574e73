/** Makes the table's headings buttons that sort it, and the filter work. The page is whole without it. */
export const SCRIPT = `<script>
const table = document.getElementById("bugs"), body = table.tBodies[0], rows = [...body.rows];
const filter = document.getElementById("filter"), shown = filter.querySelector("output");
const valueOf = (name) => filter.querySelector("[name=" + name + "]")?.value ?? "";
filter.hidden = false;
filter.addEventListener("input", () => {
  const words = valueOf("words").toLowerCase().split(/\\s+/);
  const type = valueOf("type"), kernel = valueOf("kernel"), since = valueOf("since");
  let count = 0;
  for (const row of rows) {
    const { dataset } = row, text = row.textContent.toLowerCase();
    row.hidden = !(words.every((word) => text.includes(word)) && (type === "" || dataset.type === type) &&
      (kernel === "" || dataset.kernels.split(" ").includes(kernel)) && dataset.last >= since);
    if (!row.hidden) count++;
  }
  shown.textContent = count + " of " + rows.length;
});
const compare = new Intl.Collator("en", { numeric: true }).compare;
for (const [index, heading] of [...table.tHead.rows[0].cells].entries()) {
  const button = document.createElement("button");
  button.textContent = heading.textContent;
  heading.replaceChildren(button);
  button.addEventListener("click", () => {
    const way = heading.ariaSort === "ascending" ? "descending" : "ascending";
    for (const one of table.tHead.rows[0].cells) one.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", way);
    const of = (row) => row.cells[index].textContent;
    rows.sort((a, b) => compare(of(a), of(b)) * (way === "ascending" ? 1 : -1));
    body.append(...rows);
  });
}
</script>`;
