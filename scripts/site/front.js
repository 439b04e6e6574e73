/** The front page: what this is in ten seconds, with an example that runs. */
import { escapeHtml } from "@kasan/html";
import { GUIDES } from "./pages.js";

const card = ({ title, about, path }) =>
  `<li><h3><a href="${path}">${escapeHtml(title)}</a></h3>${escapeHtml(about)}</li>`;

/** The page's body. */
export const front = () => `<section class="hero">
<h1>Find memory bugs in kernel C, without a kernel</h1>
<p>kasan runs kernel-style C under KASAN, the Linux kernel's address sanitizer: compiled by clang, in a machine with real page tables and
shadow memory, with the reports that a kernel would print. It reads the reports and dumps of real kernels. It checks how shadow memory could
be done better.</p>
<p>This runs in your browser. Press <b>Run</b>, change a line, run it again. Nothing leaves this page.</p>
</section>
<iframe class="live" src="playground/index.html" title="The playground: kernel C with a bug, which runs under KASAN"></iframe>
<h2>On your machine</h2>
<pre tabindex="0"><code>npx @kasan/cli run bug.c</code></pre>
<p>needs Node.js 20 and nothing else.</p>
<h2>What to do first</h2>
<ul class="cards">${GUIDES.map(card).join("")}</ul>`;
