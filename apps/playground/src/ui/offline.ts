/** A browser that takes longer to start a service worker, or has none, shows the page without. */
const PATIENCE = 300;

/** Has the service worker keep the page, before anything large is fetched. Does nothing where there are none. */
export async function keepOffline(): Promise<void> {
  const workers = navigator.serviceWorker;
  // Only pages that are served safely have them.
  if (!workers || !import.meta.env.PROD) return;
  workers.addEventListener("message", ({ data }) => {
    if (data === "kept") document.documentElement.dataset.offline = "ready";
  });
  const controlled = workers.controller
    ? Promise.resolve()
    : new Promise((resolve) => workers.addEventListener("controllerchange", resolve, { once: true }));
  const registered = workers.register(new URL("sw.js", document.baseURI)).then(() => controlled);
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([registered, patience]).catch(() => {});
}

/** Has the service worker fetch all that the page may need without a network. */
export async function keepRest(): Promise<void> {
  if (!navigator.serviceWorker || !import.meta.env.PROD) return;
  (await navigator.serviceWorker.ready).active?.postMessage("keep");
}
