import type { PassportCheck } from '#shared/domain/passport.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { Clock } from '../base/index.ts';
import type { EngineInstance } from '../engine-port/index.ts';
import { loadChecks } from './all-checks.ts';
import type { ModelUnderTest } from './model-under-test.ts';
import { performCheck } from './perform-check.ts';

const limitMs = 5000;

export interface CheckLoadedOptions {
  record: ModelRecord;
  instance: EngineInstance;
  signal: AbortSignal;
  clock: Clock;
}

/**
 * Template and tokenizer of a model that has just been loaded. They compute no token and hold no lease, so nobody has
 * to give way. Errors: those that end a test, such as `cancelled`.
 */
export async function checkLoaded({ record, instance, signal, clock }: CheckLoadedOptions): Promise<PassportCheck[]> {
  const found: PassportCheck[] = [];
  for (const check of loadChecks) {
    await performCheck({
      ...{ check, limitMs, signal, clock },
      toModel: () => withoutAsking(record, instance),
      onArrival: () => () => undefined,
      died: new Promise(() => undefined),
      onFinding: (finding) => found.push(finding),
    });
  }
  return found;
}

function withoutAsking(record: ModelRecord, instance: EngineInstance): ModelUnderTest {
  const refuse = async (): Promise<never> => {
    throw new AppError('not-available', 'A model that is just loaded is not asked anything.');
  };
  return {
    record,
    info: instance.info,
    ask: refuse,
    embed: refuse,
    nonce: () => '',
    read: async (prompt) => instance.render({ prompt }),
    tokenize: async (text) => (await instance.tokenize({ prompt: { type: 'text', text }, addSpecial: false })).tokens,
    detokenize: (tokens) => instance.detokenize(tokens),
  };
}
