/** The page that searches the site: Pagefind, which has its index in files, answers. */

/** The page's body. Without scripts it says that it needs them. */
export const search = () => `<h1>Search</h1>
<form role="search" aria-label="Words" action="search.html"><label>Words: <input type="search" name="q" id="words" size="40"></label></form>
<p id="told" role="status">Search needs scripts.</p>
<div id="found"></div>
<script type="module">
const told = document.getElementById("told");
const found = document.getElementById("found");
const words = new URLSearchParams(location.search).get("q") ?? "";
document.getElementById("words").value = words;
told.textContent = words === "" ? "" : "Searching";
if (words !== "") {
  const { search } = await import("./pagefind/pagefind.js");
  const { results } = await search(words);
  told.textContent = results.length === 1 ? "1 page" : results.length + " pages";
  for (const { url, meta, excerpt } of await Promise.all(results.slice(0, 30).map((one) => one.data()))) {
    const heading = document.createElement("h2");
    const link = heading.appendChild(document.createElement("a"));
    link.href = url;
    link.textContent = meta.title;
    // The excerpt is HTML of this site's own pages, with the words marked.
    const text = document.createElement("p");
    text.innerHTML = excerpt;
    found.append(heading, text);
  }
}
</script>`;
