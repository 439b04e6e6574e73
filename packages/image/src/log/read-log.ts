import { ImageError } from "../error.ts";
import type { VirtualMemory } from "../virtual.ts";
import type { VmcoreInfo } from "../vmcoreinfo.ts";
import { readLogBuffer } from "./log-buffer.ts";
import type { KernelLog } from "./log-record.ts";
import { readPrintkRingbuffer } from "./printk-ringbuffer.ts";

/**
 * Reads a kernel's log (`dmesg`) from its memory, of any version whose VMCOREINFO names it.
 *
 * @throws {@link ImageError} `IMAGE_LOG` if it is not named, is no log, or is not in the image
 */
export function readLog(memory: VirtualMemory, info: VmcoreInfo | undefined): KernelLog {
  try {
    return readNamed(memory, info);
  } catch (error) {
    if (!(error instanceof ImageError && error.code === "IMAGE_ADDRESS")) throw error;
    throw new ImageError("IMAGE_LOG", `the kernel's log is not in the image (${error.message})`);
  }
}

function readNamed(memory: VirtualMemory, info: VmcoreInfo | undefined): KernelLog {
  const prb = info?.symbol("prb");
  if (prb !== undefined) return readPrintkRingbuffer(memory, info!, prb);
  const logBuf = info?.symbol("log_buf");
  if (logBuf !== undefined) return readLogBuffer(memory, info!, logBuf);
  const why = info ? "VMCOREINFO does not name it" : "the image has no VMCOREINFO, which names it";
  throw new ImageError("IMAGE_LOG", `the kernel's log cannot be found: ${why}`);
}
