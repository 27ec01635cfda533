import { expect, test } from 'vitest';
import { modelCapabilities } from '#shared/domain/model-capabilities.ts';
import type { PassportSummary } from '#shared/domain/passport.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const traits = { gives: 'text', presentsTools: false, thinks: false, fillsIn: false } as const;
const measured: PassportSummary = {
  testedAt: '2026-11-21T12:00:00.000Z',
  isCurrent: true,
  isComplete: true,
  passed: [],
  failed: [],
  notApplicable: [],
  decodeTokensPerSecond: null,
  prefillTokensPerSecond: null,
  firstTokenMs: null,
};

test.each([
  { made: 'for chat', facts: { traits }, kind: 'chat', names: ['completion', 'chat', 'json-schema'] },
  {
    made: 'for agents and code',
    facts: { traits: { ...traits, presentsTools: true, thinks: true, fillsIn: true } },
    kind: 'chat',
    names: ['completion', 'chat', 'tools', 'json-schema', 'reasoning', 'infill'],
  },
  {
    made: 'to continue texts',
    facts: { hasChatTemplate: false, traits },
    kind: 'completion',
    names: ['completion', 'json-schema'],
  },
  { made: 'to embed', facts: { traits: { ...traits, gives: 'vectors' } }, kind: 'embedding', names: ['embeddings'] },
  { made: 'to rank', facts: { traits: { ...traits, gives: 'scores' } }, kind: 'rerank', names: ['rerank'] },
  { made: 'before traits were read', facts: {}, kind: 'chat', names: ['completion', 'chat', 'json-schema'] },
] as const)('a model $made declares what its file says', ({ facts, kind, names }) => {
  const capabilities = modelCapabilities({ facts: makeModelRecord({ facts }).facts });
  expect(capabilities).toMatchObject({ kind, names });
  expect(Object.values(capabilities.all).every(({ evidence }) => evidence === 'declared')).toBe(true);
});

const agent = makeModelRecord({ facts: { traits: { ...traits, presentsTools: true, thinks: true } } });

test('what was measured counts more than what the file declares', () => {
  const { all, names } = modelCapabilities({
    facts: agent.facts,
    passport: {
      ...measured,
      passed: ['template', 'answer', 'tools-required', 'tool-result', 'embeddings', 'json-schema'],
      failed: ['tools-auto'],
      notApplicable: ['reasoning', 'infill'],
    },
  });
  expect(all).toEqual({
    completion: { isAvailable: true, evidence: 'verified' },
    chat: { isAvailable: true, evidence: 'verified' },
    tools: { isAvailable: false, evidence: 'verified' },
    'json-schema': { isAvailable: true, evidence: 'verified' },
    reasoning: { isAvailable: false, evidence: 'verified' },
    infill: { isAvailable: false, evidence: 'verified' },
    embeddings: { isAvailable: true, evidence: 'verified' },
    rerank: { isAvailable: false, evidence: 'declared' },
    vision: { isAvailable: false, evidence: 'declared' },
  });
  expect(names).toEqual(['completion', 'chat', 'json-schema', 'embeddings']);
});

test('what was measured in part stays as declared', () => {
  const passport: PassportSummary = { ...measured, passed: ['tools-required', 'tools-auto'], isComplete: false };
  expect(modelCapabilities({ facts: agent.facts, passport }).all.tools).toEqual({
    isAvailable: true,
    evidence: 'declared',
  });
});

test('what another build of the engine did tells nothing about this one', () => {
  const passport: PassportSummary = { ...measured, isCurrent: false, failed: ['tools-auto', 'answer'] };
  expect(modelCapabilities({ facts: agent.facts, passport })).toEqual(modelCapabilities({ facts: agent.facts }));
});
