import { ImageError } from "../error.ts";
import type { VirtualMemory } from "../virtual.ts";
import type { VmcoreInfo } from "../vmcoreinfo.ts";
import type { KernelLog, LogRecord } from "./log-record.ts";
import { need, noLog } from "./no-log.ts";

/** Descriptors and bytes of text that a log has at most: the largest that CONFIG_LOG_BUF_SHIFT and `log_buf_len=` allow is 2 GiB. */
const MOST_COUNT_BITS = 24;
const MOST_SIZE_BITS = 31;
/** States of a descriptor, its upper two bits (kernel/printk/printk_ringbuffer.h): those with text, and one whose text is overwritten. */
const COMMITTED = 1n;
const FINALIZED = 2n;
const REUSABLE = 3n;
const STATE_SHIFT = 62n;
const ID_MASK = (1n << STATE_SHIFT) - 1n;
/** Before its text, a block of data has its descriptor's number. Bytes. */
const BLOCK_HEADER = 8n;

/**
 * Reads the log of kernels since Linux 5.10, a ring of descriptors and a ring of text (kernel/printk/printk_ringbuffer.c). VMCOREINFO
 * has the layout of its structures. Records that are being written are left out and counted; those whose text is overwritten are gone.
 *
 * @throws {@link ImageError} `IMAGE_LOG` if it is no such log, `IMAGE_ADDRESS` if it is not in the image
 */
export function readPrintkRingbuffer(memory: VirtualMemory, info: VmcoreInfo, prb: bigint): KernelLog {
  const ring = openRing(memory, info, prb);
  const records: LogRecord[] = [];
  let lost = 0;
  const count = ring.head - ring.tail + 1n;
  if (count < 1n || count > 1n << ring.countBits) throw noLog(`it says it has ${count} records`);
  for (let id = ring.tail; id <= ring.head; id++) {
    const record = readRecord(ring, id);
    if (record === "lost") lost++;
    else if (record !== "gone") records.push(record);
  }
  const warnings = lost > 0 ? [`${lost} records of the log were being written, or could not be read`] : [];
  return { records, warnings };
}

interface Ring {
  readonly memory: VirtualMemory;
  readonly field: (name: string) => bigint;
  readonly size: (name: string) => bigint;
  readonly countBits: bigint;
  readonly descriptors: bigint;
  readonly infos: bigint;
  readonly head: bigint;
  readonly tail: bigint;
  readonly textBytes: bigint;
  readonly text: bigint;
}

function openRing(memory: VirtualMemory, info: VmcoreInfo, prb: bigint): Ring {
  const field = (name: string) => need(info.offset(name), `OFFSET(${name})`);
  const size = (name: string) => need(info.size(name), `SIZE(${name})`);
  const buffer = memory.u64(prb);
  const ring = buffer + field("printk_ringbuffer.desc_ring");
  const data = buffer + field("printk_ringbuffer.text_data_ring");
  const countBits = BigInt(memory.u32(ring + field("prb_desc_ring.count_bits")));
  const sizeBits = BigInt(memory.u32(data + field("prb_data_ring.size_bits")));
  if (countBits > MOST_COUNT_BITS || sizeBits > MOST_SIZE_BITS) throw noLog("its sizes make no sense");
  return {
    memory,
    field,
    size,
    countBits,
    descriptors: memory.u64(ring + field("prb_desc_ring.descs")),
    infos: memory.u64(ring + field("prb_desc_ring.infos")),
    head: memory.u64(ring + field("prb_desc_ring.head_id")) & ID_MASK,
    tail: memory.u64(ring + field("prb_desc_ring.tail_id")) & ID_MASK,
    textBytes: 1n << sizeBits,
    text: memory.u64(data + field("prb_data_ring.data")),
  };
}

function readRecord(ring: Ring, id: bigint): LogRecord | "gone" | "lost" {
  const { memory, field, size } = ring;
  try {
    const index = id & ((1n << ring.countBits) - 1n);
    const descriptor = ring.descriptors + index * size("prb_desc");
    const state = memory.u64(descriptor + field("prb_desc.state_var"));
    const written = state >> STATE_SHIFT === COMMITTED || state >> STATE_SHIFT === FINALIZED;
    if (state >> STATE_SHIFT === REUSABLE) return "gone";
    if (!written || (state & ID_MASK) !== id) return "lost";
    const info = ring.infos + index * size("printk_info");
    const length = memory.u16(info + field("printk_info.text_len"));
    const block = descriptor + field("prb_desc.text_blk_lpos");
    const text = readText(ring, block, length);
    if (text === undefined) return "lost";
    // After the length: the facility, then flags and level in one byte (`struct printk_info`).
    const facility = memory.u8(info + field("printk_info.text_len") + 2n);
    const level = memory.u8(info + field("printk_info.text_len") + 3n) >> 5;
    return {
      sequence: Number(memory.u64(info + field("printk_info.seq"))),
      nanoseconds: memory.u64(info + field("printk_info.ts_nsec")),
      level,
      facility,
      caller: memory.u32(info + field("printk_info.caller_id")),
      text,
    };
  } catch (error) {
    if (error instanceof ImageError && error.code === "IMAGE_ADDRESS") return "lost";
    throw error;
  }
}

/** A record's text. A block that would reach over the end of the ring lies at its start instead; positions with bit 0 set have no text. */
function readText({ memory, field, textBytes, text }: Ring, block: bigint, length: number): string | undefined {
  const begin = memory.u64(block + field("prb_data_blk_lpos.begin"));
  const next = memory.u64(block + field("prb_data_blk_lpos.next"));
  if (begin & 1n || next & 1n) return begin === next ? "" : undefined;
  const wrapped = begin / textBytes !== next / textBytes && next % textBytes !== 0n;
  const start = wrapped ? 0n : begin % textBytes;
  const room = Number((wrapped ? next % textBytes : next - begin) - BLOCK_HEADER);
  if (room < 0 || next - begin > textBytes) return undefined;
  const bytes = memory.bytes(text + start + BLOCK_HEADER, Math.min(length, room));
  return new TextDecoder().decode(bytes);
}
