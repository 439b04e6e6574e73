/** Where the page has what threads of a guest import: `worker/plugins.ts`. */
export const PLUGINS_FILE = "plugins.js";
