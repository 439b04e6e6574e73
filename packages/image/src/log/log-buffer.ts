import type { VirtualMemory } from "../virtual.ts";
import type { VmcoreInfo } from "../vmcoreinfo.ts";
import type { KernelLog, LogRecord } from "./log-record.ts";
import { need, noLog } from "./no-log.ts";

/** Bytes of a log at most. */
const MOST_BYTES = 2 ** 31;

/**
 * Reads the log of kernels before Linux 5.10: records one after the other in a buffer (`struct printk_log` in kernel/printk/printk.c).
 * One of length 0 says that the next is at the start.
 *
 * @throws {@link ImageError} `IMAGE_LOG` if it is no such log, `IMAGE_ADDRESS` if it is not in the image
 */
export function readLogBuffer(memory: VirtualMemory, info: VmcoreInfo, logBuf: bigint): KernelLog {
  const log = openBuffer(memory, info, logBuf);
  const records: LogRecord[] = [];
  let at = log.first;
  for (let turned = at <= log.next; at !== log.next; ) {
    const length = at + 16 <= log.bytes ? memory.u16(log.start + BigInt(at + log.length)) : 0;
    if (length === 0 && !turned) {
      turned = true;
      at = 0;
      continue;
    }
    if (length < 16 || at + length > log.bytes || (turned && at + length > log.next)) {
      return { records, warnings: [`the log is damaged after ${records.length} records`] };
    }
    records.push(readRecord(memory, log, log.start + BigInt(at)));
    at += length;
  }
  return { records, warnings: [] };
}

interface LogBuffer {
  readonly start: bigint;
  readonly bytes: number;
  readonly first: number;
  readonly next: number;
  readonly time: bigint;
  readonly length: number;
  readonly textLength: bigint;
  readonly header: bigint;
}

function openBuffer(memory: VirtualMemory, info: VmcoreInfo, logBuf: bigint): LogBuffer {
  const variable = (name: string) => memory.u32(need(info.symbol(name), `SYMBOL(${name})`));
  const field = (name: string) => need(info.offset(`printk_log.${name}`), `OFFSET(printk_log.${name})`);
  const log = {
    start: memory.u64(logBuf),
    bytes: variable("log_buf_len"),
    first: variable("log_first_idx"),
    next: variable("log_next_idx"),
    time: field("ts_nsec"),
    length: Number(field("len")),
    textLength: field("text_len"),
    header: need(info.size("printk_log"), "SIZE(printk_log)"),
  };
  if (log.bytes > MOST_BYTES || log.first >= log.bytes || log.next >= log.bytes) throw noLog("its sizes make no sense");
  return log;
}

function readRecord(memory: VirtualMemory, log: LogBuffer, at: bigint): LogRecord {
  const length = memory.u16(at + log.textLength);
  // The last two bytes of the header: the facility, then flags and level.
  const facility = memory.u8(at + log.header - 2n);
  const level = memory.u8(at + log.header - 1n) >> 5;
  const text = new TextDecoder().decode(memory.bytes(at + log.header, length));
  return { sequence: -1, nanoseconds: memory.u64(at + log.time), level, facility, caller: undefined, text };
}
