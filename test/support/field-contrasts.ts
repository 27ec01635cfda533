import { describe, expect, test } from 'vitest';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { fieldTable, type Endpoint } from '#main/api/field-table.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './start-test-server.ts';
import { verifies } from './verifies.ts';

/** Two values of one field, and where a difference must show. */
export interface Contrast {
  values: readonly [unknown, unknown];
  observe: (answer: Answer) => unknown;
  /** Fields that both requests carry. */
  rest?: object;
}

export interface Answer {
  status: number;
  contentType: string | null;
  /** The header `x-impetus-ignored`. */
  ignored: string | null;
  body: string;
  server: TestServer;
  /** What `then` gave. */
  after: unknown;
}

/** What reached the neutral request; the engine gets exactly that. */
export const requested =
  (name: keyof GenerationRequest) =>
  ({ server }: Answer) =>
    server.requests.at(-1)?.[name];
export const sampled =
  (name: keyof GenerationRequest['sampling']) =>
  ({ server }: Answer) =>
    server.requests.at(-1)?.sampling[name];
export const thinking =
  (name: 'isEnabled' | 'effort' | 'budgetTokens') =>
  ({ server }: Answer): unknown =>
    server.requests.at(-1)?.reasoning?.[name];
export const status = ({ status: value }: Answer) => value;
export const holds =
  (part: string) =>
  ({ body }: Answer) =>
    body.includes(part);

/** Of every sampling field. */
export const samplingContrasts: Record<string, Contrast> = {
  seed: { values: [1, 2], observe: sampled('seed') },
  temperature: { values: [0, 1], observe: sampled('temperature') },
  dynatemp_range: { values: [0, 0.5], observe: sampled('dynamicTemperatureRange') },
  dynatemp_exponent: { values: [1, 2], observe: sampled('dynamicTemperatureExponent') },
  top_p: { values: [0.5, 1], observe: sampled('topP') },
  top_k: { values: [1, 9], observe: sampled('topK') },
  min_p: { values: [0, 0.2], observe: sampled('minP') },
  typical_p: { values: [1, 0.5], observe: sampled('typicalP') },
  top_n_sigma: { values: [-1, 1.5], observe: sampled('topNSigma') },
  xtc_probability: { values: [0, 0.5], observe: sampled('xtcProbability') },
  xtc_threshold: { values: [0.1, 0.2], observe: sampled('xtcThreshold') },
  min_keep: { values: [0, 2], observe: sampled('minKeep') },
  repeat_penalty: { values: [1, 1.2], observe: sampled('repeatPenalty') },
  repetition_penalty: { values: [1, 1.2], observe: sampled('repeatPenalty') },
  repeat_last_n: { values: [0, 64], observe: sampled('repeatLastN') },
  presence_penalty: { values: [0, 1], observe: sampled('presencePenalty') },
  frequency_penalty: { values: [0, 1], observe: sampled('frequencyPenalty') },
  dry_multiplier: { values: [0, 0.8], observe: sampled('dryMultiplier') },
  dry_base: { values: [1.75, 2], observe: sampled('dryBase') },
  dry_allowed_length: { values: [2, 3], observe: sampled('dryAllowedLength') },
  dry_penalty_last_n: { values: [-1, 0], observe: sampled('dryPenaltyLastN') },
  dry_sequence_breakers: { values: [['a'], ['b']], observe: sampled('drySequenceBreakers') },
  mirostat: { values: [0, 2], observe: sampled('mirostat') },
  mirostat_tau: { values: [5, 4], observe: sampled('mirostatTau') },
  mirostat_eta: { values: [0.1, 0.2], observe: sampled('mirostatEta') },
  samplers: { values: [['top_k', 'top_p'], 'pk'], observe: sampled('stages') },
  logit_bias: { values: [{ '5': 1 }, [[5, false]]], observe: sampled('logitBias') },
};

export interface TabledEndpoint {
  path: string;
  /** What every request carries. */
  body: Record<string, unknown>;
  contrasts: Readonly<Record<string, Contrast>>;
  /** Default: POST. */
  method?: string;
  /** Where the fields stand in the body; default: at its top. */
  wrap?: (fields: object) => object;
  /** What the server is started with. */
  server?: () => Promise<TestServerOptions>;
  /** What else is asked after the request, for an effect that its own answer does not show. */
  then?: (server: TestServer) => Promise<unknown>;
}

/** One test for each row of an endpoint's table: the field is sent, and what the row says is seen. */
export function testFields(endpoint: Endpoint, tabled: TabledEndpoint): void {
  const { body, contrasts, wrap = (fields) => fields } = tabled;
  const rows = Object.entries(fieldTable[endpoint]);
  const namesOf = (verdict: string) => rows.filter(([, row]) => row.verdict === verdict).map(([field]) => field);
  const ask = (fields: object, headers = {}) => askFor(tabled, { ...body, ...wrap(fields) }, headers);

  describe(endpoint, () => {
    test('every honoured field has two values to compare', () => {
      expect(Object.keys(contrasts).sort()).toEqual(namesOf('honoured').sort());
    });

    test.each(namesOf('honoured'))('%s makes a difference', async (field) => {
      const contrast = contrasts[field];
      if (!contrast) throw new Error(`No values for ${field}.`);
      const seen = [];
      for (const value of contrast.values) {
        seen.push(await contrast.observe(await ask({ ...contrast.rest, [field]: value })));
      }
      expect(seen[0]).not.toEqual(seen[1]);
    });

    test(
      'null, unknown and extra fields are no error',
      verifies(['API-01'], { breaks: 'src/main/api/check-fields.ts#checkFields' }, async () => {
        const nulls = Object.fromEntries(
          rows.filter(([field]) => !Object.hasOwn(body, field)).map(([field]) => [field, null]),
        );
        const harmless = Object.fromEntries(namesOf('ignored').map((field) => [field, 'anything']));
        for (const fields of [nulls, harmless, { unheard_of: { deep: [1] }, 'x-custom': true }]) {
          expect((await ask(fields)).status).toBe(200);
        }
      }),
    );

    test('what has no effect is named in a header, and refused by name in strict mode', async () => {
      const plain = await ask({ unheard_of: 1 });
      expect([plain.status, plain.ignored]).toEqual([200, expect.stringMatching(/(^|[ .])unheard_of(,|$)/)]);
      const strict = await ask({ unheard_of: 1 }, { 'x-impetus-strict': '1' });
      expect([strict.status, strict.body]).toEqual([400, expect.stringContaining('unheard_of')]);
      expect((await ask({}, { 'x-impetus-strict': '1' })).status).toBe(200);
    });

    test('every field that cannot be honoured is refused by name', async () => {
      for (const field of namesOf('refused')) {
        const answer = await ask({ [field]: { not: 'harmless' } });
        expect([field, answer.status]).toEqual([field, 400]);
        expect(answer.body).toContain(field);
      }
    });
  });
}

async function askFor(
  { path, method = 'POST', server: prepare, then }: TabledEndpoint,
  body: object,
  extraHeaders: object,
): Promise<Answer> {
  const server = await startTestServer(await prepare?.());
  const headers = { authorization: 'Bearer manager', ...extraHeaders };
  const response = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) });
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    ignored: response.headers.get('x-impetus-ignored'),
    body: await response.text(),
    server,
    after: await then?.(server),
  };
}
