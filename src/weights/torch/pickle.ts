// A pickle as data: an interpreter of protocols 2 to 5 (PEP 307, 3154, 574; CPython's pickletools) that imports nothing
// and calls nothing. Names other than those that `meaning` knows become inert stubs: an allow-list, because lists of
// forbidden names have been got round again and again.
import { addPairs, PickleMachine } from './pickle-machine.ts';
import { PickleError, PickleReader } from './pickle-reader.ts';
import type { PickleMeaning, PickleValue } from './pickle-values.ts';

/** A checkpoint of 4,000 tensors takes about 200,000 steps. */
const maxSteps = 4_000_000;

/** Reads the pickle that starts at `start`; `end` is the byte after it. Throws PickleError. */
export function unpickle(
  bytes: Buffer,
  meaning: PickleMeaning,
  start = 0,
): { readonly value: PickleValue; readonly end: number } {
  const input = new PickleReader(bytes, start);
  const machine = new PickleMachine(meaning);
  for (let steps = 0; steps < maxSteps; steps++) {
    const code = input.uint8();
    if (code === stop) return { value: machine.result(), end: input.position };
    const opcode = opcodes[code];
    if (opcode === undefined)
      throw new PickleError(
        `byte ${input.position - 1} is the opcode 0x${code.toString(16)}, which is not understood`,
      );
    opcode(machine, input);
  }
  throw new PickleError(`it takes more than ${maxSteps} steps`);
}

const stop = 0x2e;

function checkProtocol(protocol: number): void {
  if (protocol < 2 || protocol > 5) throw new PickleError(`it is of protocol ${protocol}`);
}

/** A frame only tells readers how much to buffer, but it must not tell lies. */
function checkFrame(input: PickleReader): void {
  const length = input.uint64();
  if (length > input.remaining) throw new PickleError(`a frame of ${length} bytes reaches past its end`);
}

/** What each opcode does; the names beside them are pickletools'. */
const opcodes: Readonly<Record<number, (machine: PickleMachine, input: PickleReader) => unknown>> = {
  0x80: (_, input) => {
    checkProtocol(input.uint8());
  }, // PROTO
  0x95: (_, input) => {
    checkFrame(input);
  }, // FRAME
  0x28: (machine) => machine.mark(), // MARK
  0x30: (machine) => machine.pop(), // POP
  0x31: (machine) => machine.popMark(), // POP_MARK
  0x32: (machine) => machine.push(machine.top()), // DUP

  0x4e: (machine) => machine.push(null), // NONE
  0x88: (machine) => machine.push(true), // NEWTRUE
  0x89: (machine) => machine.push(false), // NEWFALSE
  0x4a: (machine, input) => machine.push(input.int32()), // BININT
  0x4b: (machine, input) => machine.push(input.uint8()), // BININT1
  0x4d: (machine, input) => machine.push(input.uint16()), // BININT2
  0x8a: (machine, input) => machine.push(input.long(input.uint8())), // LONG1
  0x8b: (machine, input) => machine.push(input.long(input.uint32())), // LONG4
  0x47: (machine, input) => machine.push(input.float64()), // BINFLOAT

  0x55: (machine, input) => machine.push(input.text(input.uint8())), // SHORT_BINSTRING
  0x54: (machine, input) => machine.push(input.text(input.uint32())), // BINSTRING
  0x8c: (machine, input) => machine.push(input.text(input.uint8())), // SHORT_BINUNICODE
  0x58: (machine, input) => machine.push(input.text(input.uint32())), // BINUNICODE
  0x8d: (machine, input) => machine.push(input.text(input.uint64())), // BINUNICODE8
  0x43: (machine, input) => machine.push(input.bytes(input.uint8())), // SHORT_BINBYTES
  0x42: (machine, input) => machine.push(input.bytes(input.uint32())), // BINBYTES
  0x8e: (machine, input) => machine.push(input.bytes(input.uint64())), // BINBYTES8
  0x96: (machine, input) => machine.push(input.bytes(input.uint64())), // BYTEARRAY8

  0x5d: (machine) => machine.push([]), // EMPTY_LIST
  0x61: (machine) => machine.append(machine.popMany(1)), // APPEND
  0x65: (machine) => machine.append(machine.popMark()), // APPENDS
  0x6c: (machine) => machine.push(machine.popMark()), // LIST
  0x29: (machine) => machine.push([]), // EMPTY_TUPLE
  0x74: (machine) => machine.push(machine.popMark()), // TUPLE
  0x85: (machine) => machine.push(machine.popMany(1)), // TUPLE1
  0x86: (machine) => machine.push(machine.popMany(2)), // TUPLE2
  0x87: (machine) => machine.push(machine.popMany(3)), // TUPLE3
  0x7d: (machine) => machine.push(new Map()), // EMPTY_DICT
  0x64: (machine) => machine.push(addPairs(new Map(), machine.popMark())), // DICT
  0x73: (machine) => machine.setItems(machine.popMany(2)), // SETITEM
  0x75: (machine) => machine.setItems(machine.popMark()), // SETITEMS
  0x8f: (machine) => machine.push(new Set()), // EMPTY_SET
  0x90: (machine) => machine.append(machine.popMark()), // ADDITEMS
  0x91: (machine) => machine.push(new Set(machine.popMark())), // FROZENSET

  0x63: (machine, input) => machine.global(input.line(), input.line()), // GLOBAL
  0x93: (machine) => machine.global(...(machine.popMany(2) as [unknown, unknown])), // STACK_GLOBAL
  0x52: (machine) => machine.reduce(...(machine.popMany(2) as [unknown, unknown])), // REDUCE
  0x81: (machine) => machine.reduce(...(machine.popMany(2) as [unknown, unknown])), // NEWOBJ
  0x92: (machine) => machine.reduce(...(machine.popMany(3).slice(0, 2) as [unknown, unknown])), // NEWOBJ_EX
  // State of an object, or attributes such as a state dict's `_metadata`: left out.
  0x62: (machine) => [machine.pop(), machine.top()], // BUILD
  0x51: (machine) => machine.persistent(machine.pop()), // BINPERSID

  0x68: (machine, input) => machine.recall(input.uint8()), // BINGET
  0x6a: (machine, input) => machine.recall(input.uint32()), // LONG_BINGET
  0x71: (machine, input) => machine.remember(input.uint8()), // BINPUT
  0x72: (machine, input) => machine.remember(input.uint32()), // LONG_BINPUT
  0x94: (machine) => machine.remember(), // MEMOIZE
};
