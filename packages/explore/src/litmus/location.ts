/** @returns the name of the memory `offset` bytes behind `symbol`: `x`, `x+8` */
export const locationAt = (symbol: string, offset: number): string => (offset === 0 ? symbol : `${symbol}+${offset}`);

/** @returns the name of the table entry that maps a location: `PTE(x)` */
export const tableOf = (symbol: string): string => `PTE(${symbol})`;

/** @returns the location that a table entry maps, undefined if `location` is none */
export const mappedBy = (location: string): string | undefined => /^PTE\((.*)\)$/.exec(location)?.[1];
