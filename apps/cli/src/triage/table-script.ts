/** Where a user narrows the table down. Without scripts it does nothing, and is not shown. */
export const FILTER =
  '<p id="filter" hidden><label>Show bugs with <input type="search" size="30"></label> <output class="dim"></output></p>';

/** Makes the table's headings buttons that sort it, and the filter work. The page is whole without it. */
export const SORTING = `<script>
const table = document.getElementById("bugs"), body = table.tBodies[0], rows = [...body.rows];
const filter = document.getElementById("filter"), search = filter.querySelector("input"), shown = filter.querySelector("output");
filter.hidden = false;
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\\s+/);
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
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
