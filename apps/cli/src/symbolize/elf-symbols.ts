import { ElfFile, type ElfSymbol, openSource } from "@kasan/image";

const STT_NOTYPE = 0;
const STT_FUNC = 2;

/**
 * The functions of a 64-bit little-endian ELF file, by name: a name can have several.
 *
 * @throws {@link ImageError} `IMAGE_SYMBOLS` if the file is not such an ELF file, or was stripped; `IMAGE_READ` if it cannot be read
 */
export function readElfSymbols(path: string): Map<string, ElfSymbol[]> {
  const source = openSource(path);
  try {
    const found = new Map<string, ElfSymbol[]>();
    for (const symbol of new ElfFile(source, path).symbols()) {
      if (symbol.type !== STT_FUNC && symbol.type !== STT_NOTYPE) continue;
      const known = found.get(symbol.name);
      if (known) known.push(symbol);
      else found.set(symbol.name, [symbol]);
    }
    return found;
  } finally {
    source.close();
  }
}
