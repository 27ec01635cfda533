import os from 'node:os';
import path from 'node:path';

/** Where test models, peers, browsers and the rig are kept: IMPETUS_DEV_CACHE, else `~/.cache/impetus-dev`. */
export const devCache = path.resolve(
  process.env['IMPETUS_DEV_CACHE'] || path.join(os.homedir(), '.cache', 'impetus-dev'),
);

/** The default model, fetched by scripts/test.mjs. */
export const smolModelPath = path.join(devCache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf');
/** 0.3 MB of random weights, written by scripts/make-test-models.ts. */
export const tinyModelPath = path.join(devCache, 'models', 'tiny-random.gguf');
/** 14 MB of random weights with SmolLM2's tokenizer and a 131,072-token context. */
export const longContextModelPath = path.join(devCache, 'models', 'long-context-random.gguf');
