/** What the lines of a report look like, in the wordings of all kernels since 4.0. Lines stand here without prefixes. */

export const TITLE =
  /^BUG: KAS[Aa][Nn]: ([a-z][a-z -]{2,60}?) (?:in (.{1,400}?)(?: at addr (\S+))?|on address +(\S+))(?: by task (.*))?$/;
export const ACCESS =
  /^(Read|Write) (?:of size (\d{1,20}) )?(?:at addr (?:0x)?([0-9a-f]{4,16}|\(null\)) )?by task (.+)\/(\d+)/;
export const FREE = /^Free of addr (?:0x)?([0-9a-f]{8,16}) by task (.+)\/(\d+)/;
export const TAGS = /^Pointer tag: \[([0-9a-f]{2})\], memory tag: \[([0-9a-f]{2})\]/;
export const CPU =
  /^CPU: ?(\d+) (?:UID: (\d+) )?PID: (\d+) Comm: (.{1,80}?) (?:Not tainted|Tainted: ([A-Z ]{1,40}?)) +(\d+\.\d+\S*)(?: (#\S+))?(?: (.*))?$/;
export const CPU_LOST = /^CPU: ?(\d+) (?:UID: \d+ )?PID: (\d+) Comm: (\S+)/;
export const TRACK =
  /^(Allocated|Freed|allocated|freed) by task (\d+)(?: \(.*\))?(?: on cpu (\d+) at (\d+)\.(\d{1,6})s)?(?: \(.*\))?:?\s*$/;
export const OLD_PID = /^PID = (\d+)(?:, CPU = (\d+), timestamp = (\d+))?/;
export const AUX = /^(Second to last|Last) (?:potentially related work creation|call_rcu\(\)|potentially related)/;
export const SLUB_TRACK = /^INFO: (Allocated|Freed) in (\S+) .*pid=(-?\d+)/;
export const OBJECT = /^The buggy address belongs to the object at (?:0x)?([0-9a-f]{8,16})/;
export const OLD_OBJECT = /^Object at (?:0x)?([0-9a-f]{8,16}), in cache (\S+)(?: size: (\d+))?/;
export const CACHE = /^which belongs to the (?:cache|.* cache) (\S+) of size (\d+)/;
export const LOCATED = /^The buggy address is located (-?\d+) bytes (inside of|to the left of|to the right of)/;
export const REGION = /^(?:(allocated|freed) )?(\d+)-byte region \[(?:0x)?([0-9a-f]{8,16}), (?:0x)?([0-9a-f]{8,16})\)/;
export const STACK = /^The buggy address belongs to stack of task (.+)\/(\d+)/;
export const OLD_STACK =
  /^addr (?:0x)?([0-9a-f]{8,16}) is located in stack of task (.+)\/(\d+) at offset (\d+) in frame:/;
export const OFFSET = /^and is located at offset (\d+) in frame:/;
export const FRAME_OBJECT = /^\[(\d+), (\d+)\) '(.*?)(?::(\d+))?'/;
export const VMALLOC =
  /^The buggy address belongs to a (\d+)-page vmalloc region starting at (?:0x)?([0-9a-f]{8,16}) allocated at (.*)/;
export const MAPPING = /^\[(?:0x)?([0-9a-f]{8,16}), (?:0x)?([0-9a-f]{8,16})\) created by:/;
export const HINT = /^KASAN: ([a-z][a-z -]{2,60}?) in range \[0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\]/;
export const OOPS =
  /^(?:Oops: )?(?:segment-related )?general protection fault|^BUG: (?:unable to handle|kernel NULL|Unable to handle)|^Unable to handle kernel|^(?:Internal error: )?Oops|^PANIC: double fault|^(?:Oops: )?stack segment|^Internal error:|^(?:Oops: )?double fault/;
export const REGISTERS =
  /^(?:[RE]?IP|RSP|ESP|[RE]?(?:AX|BX|CX|DX|SI|DI|BP)|R\d\d|EFLAGS|EAX|FS|CS|DS|CR\d|DR\d|PKRU|Code|ORIG_RAX|PC is at|LR is at|NIP|MSR|CFAR|GPR\d+|LR|epc|ra|gp|status|Flags|Control|psw|Krnl|Call Trace regs|pc|lr|sp|pstate|[xrst]\d{1,2}|a\d|fp|ip)\s*[: (]/;
export const MARKER = /^<(\/?)([A-Z_#\d]{2,8}|#[A-Z\d]{2})>\s*/;
export const STACK_WORDS = /^(?:Stack:)?(?:\s*[0-9a-f]{16}){1,4}\s*$/;
export const SLAB_DUMP =
  /^(?:BUG [\w-]+ \((?:Not tainted|Tainted).*|INFO: (?:Slab|Object|0x|lockdep)|Bytes b4|Object [0-9a-f]{8,}|Redzone [0-9a-f]{8,}|Padding [0-9a-f]{8,}|-{60,}|\t(?:___|__)?slab)/;

/** What decodecode adds to the `Code:` line: disassembly. */
export const DECODED_CODE =
  /^(?:All code|Code starting with the faulting instruction)$|^[0-9a-f]{1,4}:\*?\s+(?:[0-9a-f]{2} )/;
