import { SpinLock } from "@kasan/kernel";

/** Room for messages that wait to be received, in bytes. Pages of it that are never written take no memory. */
const ROOM = 64 * 2 ** 20;

/** Words before the messages: the lock, the bytes that are used, whether messages were lost. */
const [LOCK, USED, LOST] = [0, 1, 2];
const HEADER_BYTES = 12;

/** The property of a bigint's form in JSON. No message has one of that name. */
const BIGINT = "$bigint";

/** What {@link MessageQueue.receive} takes out. */
export interface Received<Message> {
  /** In the order in which they were sent. */
  readonly messages: readonly Message[];
  /** Whether later ones found no room. */
  readonly lost: boolean;
}

/**
 * Messages to a thread that receives them while it never returns to its event loop: they are in memory that threads share. A message is
 * a value of JSON, and may have bigints in it.
 */
export class MessageQueue<Message> {
  /** What threads share; a queue made of it is the same queue. */
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly lock: SpinLock;

  /** @param buffer - of a queue that there is; a new one by default */
  constructor(buffer = new SharedArrayBuffer(HEADER_BYTES + ROOM)) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.bytes = new Uint8Array(buffer, HEADER_BYTES);
    this.lock = new SpinLock(this.words, LOCK, 0);
  }

  /** Adds a message. One that finds no room is lost, and the receiver is told so. */
  send(message: Message): void {
    const { words, bytes, lock } = this;
    // JSON has no line breaks.
    const text = new TextEncoder().encode(`${JSON.stringify(message, encode)}\n`);
    lock.acquire();
    const used = words[USED];
    if (text.length > bytes.length - used) words[LOST] = 1;
    else {
      bytes.set(text, used);
      words[USED] = used + text.length;
    }
    lock.release();
  }

  /** Takes out all messages. */
  receive(): Received<Message> {
    const { words, bytes, lock } = this;
    if (Atomics.load(words, USED) === 0 && Atomics.load(words, LOST) === 0) return { messages: [], lost: false };
    lock.acquire();
    const text = bytes.slice(0, words[USED]);
    const lost = words[LOST] !== 0;
    words[USED] = 0;
    words[LOST] = 0;
    lock.release();
    const lines = new TextDecoder().decode(text).split("\n").slice(0, -1);
    return { messages: lines.map((line) => JSON.parse(line, decode) as Message), lost };
  }
}

const encode = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? { [BIGINT]: `${value}` } : value;

function decode(_key: string, value: unknown): unknown {
  const form = value as { readonly [BIGINT]?: string } | null;
  return form?.[BIGINT] === undefined ? value : BigInt(form[BIGINT]);
}
