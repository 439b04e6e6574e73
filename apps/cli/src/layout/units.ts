const UNITS = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

/** Bytes for people: `32 KB`, `1.5 GB`, with up to three digits that count. */
export function bytes(count: number | bigint): string {
  let value = Number(count);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(value < 1000 ? 3 : 4))} ${UNITS[unit]}`;
}

/** A share for people: `12.5%`. */
export const percent = (part: number, whole: number): string => {
  const share = (part * 100) / whole;
  if (share !== 0 && share < 0.01) return "<0.01%";
  return `${Number(share.toPrecision(3))}%`;
};
