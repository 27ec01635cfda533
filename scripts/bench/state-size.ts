import { readGgufFileInfo } from 'node-llama-cpp';
import { z } from 'zod';

const headerSchema = z.object({
  llama: z.object({
    block_count: z.number(),
    embedding_length: z.number(),
    attention: z.object({ head_count: z.number(), head_count_kv: z.number() }),
  }),
});

const bytesOfHalf = 2;

/** Bytes of key/value state a token takes in 16-bit floats, of a file with the llama architecture. */
export async function readStateBytesPerToken(file: string): Promise<number> {
  const { metadata } = await readGgufFileInfo(file);
  const { block_count: layers, embedding_length: width, attention } = headerSchema.parse(metadata).llama;
  return 2 * layers * attention.head_count_kv * (width / attention.head_count) * bytesOfHalf;
}
