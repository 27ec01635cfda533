import { describe, expect, test } from 'vitest';
import { longContextModelPath } from '#test/support/dev-cache.ts';
import { createRandom } from '#test/support/random.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';
import { verifies } from '#test/support/verifies.ts';

const kills = process.env['IMPETUS_LONG'] === '1' ? 200 : 5;

interface Streamed {
  text: string;
  finishReason: string | undefined;
  error: unknown;
}

interface StreamOptions {
  prompt: string;
  /** Called after so many events. */
  at?: { events: number; act: () => void };
}

async function stream(app: StartedApp, { prompt, at }: StreamOptions): Promise<Streamed> {
  const response = await fetch(`http://127.0.0.1:${app.port}/v1/completions`, {
    method: 'POST',
    body: JSON.stringify({ prompt, stream: true, max_tokens: 60, temperature: 0, ignore_eos: true }),
  });
  const streamed: Streamed = { text: '', finishReason: undefined, error: undefined };
  let events = 0;
  let rest = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    rest += chunk;
    const lines = rest.split('\n\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const frame = JSON.parse(line.slice(6)) as {
        error?: unknown;
        choices?: { text: string; finish_reason: string | null }[];
      };
      streamed.error ??= frame.error;
      streamed.text += frame.choices?.[0]?.text ?? '';
      streamed.finishReason ??= frame.choices?.[0]?.finish_reason ?? undefined;
      if (++events === at?.events) at.act();
    }
  }
  return streamed;
}

/** `wrong-token`: it goes on otherwise than the tokens that were sent; one model and one machine leave no ties. */
function judge(calm: Streamed, hit: Streamed): 'identical' | 'lost' | 'wrong-token' {
  if (hit.error !== undefined || hit.finishReason !== 'length') return 'lost';
  return hit.text === calm.text ? 'identical' : 'wrong-token';
}

function childPid(app: StartedApp): number {
  const state = app.app.inference.listModels().find(({ id }) => id === 'long-context-random')?.status;
  return state?.state === 'loaded' ? (state.pid ?? 0) : 0;
}

describe('a stream whose engine process is killed', () => {
  test(
    `goes on to the same end as an undisturbed one (${kills} kills, each at another token)`,
    verifies(['U-05'], { breaks: 'src/main/inference/resume-stream.ts#generateResumably' }, async () => {
      const random = createRandom(7);
      const outcomes: Record<string, number> = {};
      let app: StartedApp | undefined;
      for (let round = 0; round < kills; round++) {
        // A file that kills its process three times is put in quarantine: every second kill gets a new home.
        if (round % 2 === 0) {
          await app?.stop();
          app = await startApp({ model: longContextModelPath, contextSize: 2048 });
        }
        const current = app as StartedApp;
        const prompt = `Round ${round}: ${'the quick brown fox jumps over the lazy dog '.repeat(1 + random.below(20))}`;
        const calm = await stream(current, { prompt });
        const hit = await stream(current, {
          prompt,
          at: { events: 1 + random.below(50), act: () => process.kill(childPid(current), 'SIGKILL') },
        });
        const outcome = judge(calm, hit);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
      await app?.stop();
      expect(outcomes).toEqual({ identical: kills });
    }),
    60_000 + kills * 20_000,
  );

  test(
    'or stands still is given another process, and goes on to the same end',
    verifies(['U-05'], { breaks: 'src/main/inference/resume-stream.ts#generateResumably' }, async () => {
      const app = await startApp({ model: longContextModelPath, contextSize: 2048 });
      const prompt = 'the quick brown fox jumps over the lazy dog '.repeat(4);
      const calm = await stream(app, { prompt });
      const pid = childPid(app);
      const hit = await stream(app, { prompt, at: { events: 20, act: () => process.kill(pid, 'SIGSTOP') } });
      expect(childPid(app)).not.toBe(pid);
      await app.stop();
      expect(hit).toEqual(calm);
    }),
  );
});
