/**
 * Vite makes a module's exports an object that V8 keeps as a hash table: each use of an import looks its name up again. V8 turns what
 * serves as a prototype into an object with fixed places, as native modules have; loops over imported functions take half the time.
 */
const FOOTER = `
{ const below = Object.create(__vite_ssr_exports__); for (let i = 0; i < 20; i++) below.nothing; }`;

/** A plugin of Vite that ends each TypeScript module with that. */
export const fastExports = {
  name: "fast-exports",
  enforce: "post",
  transform(code, id) {
    return /\.ts$/.test(id) ? { code: code + FOOTER, map: null } : undefined;
  },
};
