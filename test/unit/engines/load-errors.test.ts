import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import { toLoadError } from '#main/engines/llama-cpp/load-errors.ts';
import { NativeLog } from '#main/engines/llama-cpp/native-log.ts';

const base = { modelId: 'm', log: [] as string[], isAborted: false };

describe('toLoadError', () => {
  test("the library's log says why", () => {
    const log = [
      'llama_model_load: error loading model: missing tensor output_norm',
      'llama_model_load_from_file_impl: failed to load model',
    ];
    expect(toLoadError({ ...base, thrown: new Error('Failed to load model'), log })).toMatchObject({
      code: 'model-load-failed',
      message: 'm could not be loaded: missing tensor output_norm',
      data: { log },
    });
  });

  test('an aborted load is cancelled, whatever was thrown', () => {
    expect(toLoadError({ ...base, thrown: new Error('x'), isAborted: true }).code).toBe('cancelled');
  });

  test('a shortage of memory has its own code', () => {
    const log = ['ggml_aligned_malloc: insufficient memory', 'failed to allocate buffer of size 99'];
    expect(toLoadError({ ...base, thrown: new Error('Failed to create context'), log }).code).toBe(
      'memory-insufficient',
    );
  });

  test('an error that already says everything passes unchanged', () => {
    const error = new AppError('model-file-missing', 'gone');
    expect(toLoadError({ ...base, thrown: error })).toBe(error);
  });
});

describe('NativeLog', () => {
  test('gives the warnings and errors since a point in time', async () => {
    const log = new NativeLog(undefined);
    log.write('error', 'before');
    const mark = log.mark();
    log.write('info', 'chatter');
    log.write('warn', ' odd \n');
    log.write('error', 'broken');
    expect(await log.settledSince(mark)).toEqual(['odd', 'broken']);
    expect(await log.settledSince(log.mark())).toEqual([]);
  });

  test('keeps the last 200 lines only', async () => {
    const log = new NativeLog(undefined);
    for (let line = 0; line < 500; line++) log.write('warn', String(line));
    expect(await log.settledSince(0)).toHaveLength(200);
    expect(await log.settledSince(498)).toEqual(['498', '499']);
  });

  test("adds up the buffers of a context, the weights' left out", async () => {
    const log = new NativeLog(undefined);
    log.write('info', 'llama_kv_cache:        CPU KV buffer size =    99.00 MiB');
    log.mark();
    for (const line of [
      'load_tensors:   CPU_Mapped model buffer size =    92.10 MiB',
      'llama_context:        CPU  output buffer size =     0.50 MiB',
      'llama_kv_cache:        CPU KV buffer size =    22.50 MiB',
      'sched_reserve:        CPU compute buffer size =     3.00 MiB',
    ])
      log.write('info', line);
    expect(await log.settledContextBytes()).toBe(26 * 1024 * 1024);
  });
});
