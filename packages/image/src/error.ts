import { KasanError } from "@kasan/shadow";

/**
 * An image that cannot be used.
 *
 * | code | meaning |
 * |---|---|
 * | `IMAGE_READ` | the file cannot be opened or read, or its compressed data is damaged |
 * | `IMAGE_FORMAT` | a file of a format, machine or kind that is not read here |
 * | `IMAGE_EMPTY` | nothing in it says where memory is |
 * | `IMAGE_OPTIONS` | memory of an architecture that neither it nor the options tell, or an option that contradicts the image |
 * | `IMAGE_ROOT` | no page tables of a kernel were found; give the root |
 * | `IMAGE_ADDRESS` | memory at an address is not mapped, or not in the image |
 * | `IMAGE_SYMBOLS` | the kernel's symbols were not found, or are damaged |
 * | `IMAGE_LOG` | the kernel's log was not found, or is damaged |
 * | `IMAGE_TYPES` | the kernel's types were not found, or are damaged; or there is no type or member of a name |
 * | `CORE_RANGES` | memory to be written to a core that overlaps or is out of range |
 */
export class ImageError extends KasanError {
  /** The class's name, for logs. */
  override name = "ImageError";
}
