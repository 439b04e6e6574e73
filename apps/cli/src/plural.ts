/** So many of something: `1 test`, `2 tests`. */
export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
