import { z } from 'zod';

/** Raised when a check changes its meaning: passports of an earlier suite count as measured by another engine. */
export const passportSuite = 1;

/** Everything a model is tested for, in the order of the tests. */
export const passportCheckIdSchema = z.enum([
  'template',
  'tokenizer',
  'answer',
  'speed',
  'stop-text',
  'json-schema',
  'tools-required',
  'tools-named',
  'tools-none',
  'tools-auto',
  'tools-parallel',
  'tool-result',
  'reasoning',
  'reasoning-off',
  'infill',
  'embeddings',
  'repeatable',
  'beside-others',
  'needle',
  'context',
  'memory',
  'vision',
]);
export type PassportCheckId = z.infer<typeof passportCheckIdSchema>;

/** `fail` is a fact about the model on this machine, never an error; `not-measured` says why in the detail. */
export const passportVerdictSchema = z.enum(['pass', 'fail', 'not-applicable', 'not-measured']);
export type PassportVerdict = z.infer<typeof passportVerdictSchema>;

export const passportCheckSchema = z.strictObject({
  id: passportCheckIdSchema,
  verdict: passportVerdictSchema,
  /** What was seen, in one sentence for people. */
  detail: z.string(),
  /** Measured numbers; their names carry the unit. */
  figures: z.record(z.string(), z.number()),
  durationMs: z.number(),
});
export type PassportCheck = z.infer<typeof passportCheckSchema>;

/** What was measured of one model file with one build of the engine on this machine. */
export const passportSchema = z.strictObject({
  /** Id of the model when it was tested; the content is what counts. */
  modelId: z.string(),
  sha256: z.string(),
  /** Name and build of the engine. */
  engine: z.string(),
  /** ISO time of the last check. */
  testedAt: z.string(),
  machine: z.strictObject({
    platform: z.string(),
    architecture: z.string(),
    physicalCores: z.int(),
    memoryBytes: z.number(),
  }),
  /** How the model was loaded for the checks. */
  load: z.strictObject({
    placement: z.enum(['main', 'child']),
    device: z.string(),
    contextSize: z.int(),
    slots: z.int(),
    threads: z.int(),
  }),
  /** What ended the test; only `complete` means that every check was reached. */
  end: z.enum(['complete', 'time', 'interrupted', 'crashed']),
  checks: z.array(passportCheckSchema),
});
export type Passport = z.infer<typeof passportSchema>;

/** What a list of models shows of a passport. */
export const passportSummarySchema = z.strictObject({
  testedAt: z.string(),
  /** False: measured with another build of the engine, so it tells how things were. */
  isCurrent: z.boolean(),
  isComplete: z.boolean(),
  passed: z.array(passportCheckIdSchema),
  failed: z.array(passportCheckIdSchema),
  notApplicable: z.array(passportCheckIdSchema),
  /** Of the check `speed`; null where it was not measured. */
  decodeTokensPerSecond: z.number().nullable(),
  prefillTokensPerSecond: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
});
export type PassportSummary = z.infer<typeof passportSummarySchema>;

/** How a test goes, for those who watch it. */
export const passportEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), model: z.string(), checks: z.array(passportCheckIdSchema) }),
  z.strictObject({ type: z.literal('check-start'), id: passportCheckIdSchema }),
  /** A check that goes on tells its findings so far. */
  z.strictObject({ type: z.literal('check'), check: passportCheckSchema }),
  /** The test stands aside; it goes on by itself. */
  z.strictObject({ type: z.literal('wait'), reason: z.enum(['loading', 'requests', 'another-test']) }),
  z.strictObject({ type: z.literal('finish'), passport: passportSchema }),
]);
export type PassportEvent = z.infer<typeof passportEventSchema>;

/** The short form of a passport for lists. */
export function summarizePassport(
  { testedAt, end, checks }: Pick<Passport, 'testedAt' | 'end' | 'checks'>,
  isCurrent: boolean,
): PassportSummary {
  const having = (verdict: PassportVerdict): PassportCheckId[] =>
    checks.filter((check) => check.verdict === verdict).map(({ id }) => id);
  const speed = checks.find(({ id }) => id === 'speed')?.figures ?? {};
  return {
    testedAt,
    isCurrent,
    isComplete: end === 'complete',
    passed: having('pass'),
    failed: having('fail'),
    notApplicable: having('not-applicable'),
    decodeTokensPerSecond: speed['decodeTokensPerSecond'] ?? null,
    prefillTokensPerSecond: speed['prefillTokensPerSecond'] ?? null,
    firstTokenMs: speed['firstTokenMs'] ?? null,
  };
}
