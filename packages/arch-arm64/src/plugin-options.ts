/** Bytes of a page, by the values of the option `page-size`. */
export const PAGE_SIZES: Readonly<Record<string, 4096 | 16384 | 65536>> = { "4k": 4096, "16k": 16384, "64k": 65536 };
