/** How ggml stores weights: `blockSize` weights of one row take `blockBytes` bytes. */
export interface TensorType {
  name: string;
  blockSize: number;
  blockBytes: number;
}

const define = (name: string, blockSize: number, blockBytes: number): TensorType => ({ name, blockSize, blockBytes });

/** By ggml type number. Numbers that are missing were removed from ggml or never given out. */
export const tensorTypes: ReadonlyMap<number, TensorType> = new Map([
  [0, define('F32', 1, 4)],
  [1, define('F16', 1, 2)],
  [2, define('Q4_0', 32, 18)],
  [3, define('Q4_1', 32, 20)],
  [6, define('Q5_0', 32, 22)],
  [7, define('Q5_1', 32, 24)],
  [8, define('Q8_0', 32, 34)],
  [9, define('Q8_1', 32, 36)],
  [10, define('Q2_K', 256, 84)],
  [11, define('Q3_K', 256, 110)],
  [12, define('Q4_K', 256, 144)],
  [13, define('Q5_K', 256, 176)],
  [14, define('Q6_K', 256, 210)],
  [15, define('Q8_K', 256, 292)],
  [16, define('IQ2_XXS', 256, 66)],
  [17, define('IQ2_XS', 256, 74)],
  [18, define('IQ3_XXS', 256, 98)],
  [19, define('IQ1_S', 256, 50)],
  [20, define('IQ4_NL', 32, 18)],
  [21, define('IQ3_S', 256, 110)],
  [22, define('IQ2_S', 256, 82)],
  [23, define('IQ4_XS', 256, 136)],
  [24, define('I8', 1, 1)],
  [25, define('I16', 1, 2)],
  [26, define('I32', 1, 4)],
  [27, define('I64', 1, 8)],
  [28, define('F64', 1, 8)],
  [29, define('IQ1_M', 256, 56)],
  [30, define('BF16', 1, 2)],
  [34, define('TQ1_0', 256, 54)],
  [35, define('TQ2_0', 256, 66)],
  [39, define('MXFP4', 32, 17)],
  [40, define('NVFP4', 64, 36)],
  [41, define('Q1_0', 128, 18)],
  [42, define('Q2_0', 64, 18)],
]);
