/** Opcodes of the WebAssembly core specification (section "Instructions", binary format) used by the rewriter. */
export const Op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  selectT: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Load8S: 0x2c,
  i32Load8U: 0x2d,
  i32Load16U: 0x2f,
  i64Load32U: 0x35,
  i32Store: 0x36,
  i64Store: 0x37,
  i32Store8: 0x3a,
  i64Store32: 0x3e,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32GeU: 0x4f,
  i32GtU: 0x4b,
  i32LtS: 0x48,
  i64Eq: 0x51,
  i64Eqz: 0x50,
  i64Ne: 0x52,
  i64LtU: 0x54,
  i64GtU: 0x56,
  i64GeU: 0x5a,
  i64LeU: 0x58,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivS: 0x6d,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64DivS: 0x7f,
  i64And: 0x83,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
  refNull: 0xd0,
  refIsNull: 0xd1,
  refFunc: 0xd2,
  prefixFC: 0xfc,
  prefixFD: 0xfd,
  prefixFE: 0xfe,
} as const;

/** Value types, binary format. */
export const Type = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, funcref: 0x70, externref: 0x6f } as const;

/** The empty block type. */
export const EMPTY_BLOCK = 0x40;

/** Access size in bytes of the loads and stores with opcodes 0x28 … 0x3e. */
export const ACCESS_BYTES = [4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4, 4, 8, 4, 8, 1, 2, 1, 2, 4];

/** Result type of the loads with opcodes 0x28 … 0x35. */
export const LOAD_TYPE = [
  ...[Type.i32, Type.i64, Type.f32, Type.f64],
  ...new Array<number>(4).fill(Type.i32),
  ...new Array<number>(6).fill(Type.i64),
];

/** Operand type of the stores with opcodes 0x36 … 0x3e. */
export const STORE_TYPE = [Type.i32, Type.i64, Type.f32, Type.f64, Type.i32, Type.i32, Type.i64, Type.i64, Type.i64];

/** First and last opcode of the loads, and of the stores. */
export const LOAD_FIRST = 0x28;
export const LOAD_LAST = 0x35;
export const STORE_FIRST = 0x36;
export const STORE_LAST = 0x3e;

/**
 * Atomic accesses (prefix 0xfe, threads proposal): sub-opcodes 0x10 … 0x4e are in groups of seven widths, in this order: i32, i64,
 * i32 8-bit, i32 16-bit, i64 8-bit, i64 16-bit, i64 32-bit.
 */
export const ATOMIC_FIRST = 0x10;
export const ATOMIC_LAST = 0x4e;
export const ATOMIC_BYTES = [4, 8, 1, 2, 1, 2, 4];
export const ATOMIC_TYPE = [Type.i32, Type.i64, Type.i32, Type.i32, Type.i64, Type.i64, Type.i64];
/** Sub-opcode of atomic.fence; 0x00 … 0x02 are notify and wait. */
export const ATOMIC_FENCE = 0x03;
/** First sub-opcodes of the groups of seven: loads, stores, then read-modify-writes up to compare-exchange. */
export const ATOMIC_STORE = 0x17;
export const ATOMIC_CMPXCHG = 0x48;
