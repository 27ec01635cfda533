/**
 * GGUF files as bytes, with every number in the caller's hand: for files that are wrong on purpose. Plain test models
 * come from make-gguf.ts.
 */
export type RawValue =
  | { type: 'uint32'; value: number }
  | { type: 'float32'; value: number }
  | { type: 'uint64'; value: bigint }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string; claimedLength?: bigint }
  | { type: 'array'; elementType: number; count: bigint; body: Buffer }
  | { type: 'raw'; typeNumber: number; body: Buffer };

interface RawTensor {
  name: string;
  dimensions: (number | bigint)[];
  /** ggml type number; default 0, F32. */
  type?: number;
  /** Default: behind the tensor before it. */
  offset?: bigint;
  /** Default: four bytes a weight. */
  sizeBytes?: number;
  claimedDimensions?: number;
}

export interface RawGguf {
  magic?: string;
  version?: number;
  claimedTensors?: bigint;
  claimedPairs?: bigint;
  /** Length that the first key claims to have. */
  claimedKeyLength?: bigint;
  pairs: [key: string, value: RawValue][];
  tensors: RawTensor[];
  /** Where tensors are put; what the file says about it is one of the pairs. Default 32. */
  alignment?: number;
  /** Bytes of weights at the end; default: as many as the tensors need. */
  dataBytes?: number;
}

export const text = (value: string): RawValue => ({ type: 'string', value });
export const whole = (value: number): RawValue => ({ type: 'uint32', value });
export const float = (value: number): RawValue => ({ type: 'float32', value });

export function texts(values: readonly string[]): RawValue {
  const body = Buffer.concat(values.map((value) => encodeText(value)));
  return { type: 'array', elementType: 8, count: BigInt(values.length), body };
}

/** An array of int32. */
export function wholes(values: readonly number[]): RawValue {
  return {
    type: 'array',
    elementType: 5,
    count: BigInt(values.length),
    body: Buffer.from(Int32Array.from(values).buffer),
  };
}

/** An array of float32. */
export function floats(values: readonly number[]): RawValue {
  const body = Buffer.from(Float32Array.from(values).buffer);
  return { type: 'array', elementType: 6, count: BigInt(values.length), body };
}

export function encodeGguf(raw: RawGguf): Buffer {
  const alignment = raw.alignment ?? 32;
  const { descriptions, dataBytes } = encodeTensors(raw.tensors, alignment);
  const header = Buffer.concat([
    Buffer.from(raw.magic ?? 'GGUF', 'latin1'),
    uint32(raw.version ?? 3),
    uint64(raw.claimedTensors ?? BigInt(raw.tensors.length)),
    uint64(raw.claimedPairs ?? BigInt(raw.pairs.length)),
    ...raw.pairs.map(([key, value], index) =>
      Buffer.concat([encodeText(key, index === 0 ? raw.claimedKeyLength : undefined), encodeValue(value)]),
    ),
    descriptions,
  ]);
  const padding = Buffer.alloc((alignment - (header.length % alignment)) % alignment);
  return Buffer.concat([header, padding, fillWeights(raw.dataBytes ?? dataBytes)]);
}

function encodeTensors(tensors: readonly RawTensor[], alignment: number) {
  let next = 0;
  const descriptions = tensors.map((tensor) => {
    const weights = tensor.dimensions.reduce<number>((product, dimension) => product * Number(dimension), 1);
    const offset = tensor.offset ?? BigInt(next);
    next += Math.ceil((tensor.sizeBytes ?? weights * 4) / alignment) * alignment;
    return Buffer.concat([
      encodeText(tensor.name),
      uint32(tensor.claimedDimensions ?? tensor.dimensions.length),
      ...tensor.dimensions.map((dimension) => uint64(BigInt(dimension))),
      uint32(tensor.type ?? 0),
      uint64(offset),
    ]);
  });
  return { descriptions: Buffer.concat(descriptions), dataBytes: Math.min(next, 2 ** 24) };
}

/** Small, finite weights, the same hundred and one over and over. */
const weights = Buffer.from(
  Float32Array.from({ length: 101 }, (_, index) => ((index * 37) % 101) / 1000 - 0.05).buffer,
);

function fillWeights(bytes: number): Buffer {
  return Buffer.alloc(bytes, weights);
}

function encodeValue(value: RawValue): Buffer {
  switch (value.type) {
    case 'uint32':
      return Buffer.concat([uint32(4), uint32(value.value)]);
    case 'float32': {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value.value);
      return Buffer.concat([uint32(6), bytes]);
    }
    case 'uint64':
      return Buffer.concat([uint32(10), uint64(value.value)]);
    case 'bool':
      return Buffer.concat([uint32(7), Buffer.from([value.value ? 1 : 0])]);
    case 'string':
      return Buffer.concat([uint32(8), encodeText(value.value, value.claimedLength)]);
    case 'array':
      return Buffer.concat([uint32(9), uint32(value.elementType), uint64(value.count), value.body]);
    case 'raw':
      return Buffer.concat([uint32(value.typeNumber), value.body]);
  }
}

function encodeText(value: string, claimedLength?: bigint): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([uint64(claimedLength ?? BigInt(bytes.length)), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}
