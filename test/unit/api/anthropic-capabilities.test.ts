import type Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { encodeCapabilities } from '#main/api/anthropic/capabilities.ts';
import { decodeThinking } from '#main/api/anthropic/thinking-fields.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const { facts } = makeModelRecord();
const traits = { gives: 'text', presentsTools: false, thinks: true, fillsIn: false } as const;

const no = { supported: false };
const yes = { supported: true };

test('what a plain chat model can do has every word of the client', () => {
  const capabilities: Anthropic.Models.ModelCapabilities = encodeCapabilities({ facts });
  expect(capabilities).toEqual({
    batch: no,
    citations: no,
    code_execution: no,
    context_management: {
      supported: false,
      clear_thinking_20251015: no,
      clear_tool_uses_20250919: no,
      compact_20260112: no,
    },
    effort: { supported: false, low: no, medium: no, high: no, xhigh: no, max: no },
    image_input: no,
    pdf_input: no,
    server_tools: { supported: false, code_execution: no, web_search: no },
    structured_outputs: yes,
    thinking: { supported: false, types: { adaptive: no, enabled: no, disabled: yes, between_tools: yes } },
  });
});

test('thinking is promised where the template knows it, and not where it was found missing', () => {
  const thinking = { ...facts, traits };
  expect(encodeCapabilities({ facts: thinking }).thinking).toEqual({
    supported: true,
    types: { adaptive: yes, enabled: yes, disabled: yes, between_tools: yes },
  });
  const passport = {
    testedAt: '2026-11-21T12:00:00.000Z',
    isCurrent: true,
    isComplete: true,
    passed: [],
    failed: ['reasoning' as const],
    notApplicable: [],
    decodeTokensPerSecond: null,
    prefillTokensPerSecond: null,
    firstTokenMs: null,
  };
  expect(encodeCapabilities({ facts: thinking, passport }).thinking.supported).toBe(false);
});

test('a model of vectors answers in no form', () => {
  const vectors = { ...facts, traits: { ...traits, gives: 'vectors', thinks: false } as const };
  expect(encodeCapabilities({ facts: vectors }).structured_outputs).toEqual(no);
});

test.each([
  ['enabled', true],
  ['adaptive', true],
  ['disabled', false],
  ['between_tools', false],
] as const)('thinking of type %s: %s', (type, isEnabled) => {
  expect(decodeThinking({ thinking: { type } }, undefined).isEnabled).toBe(isEnabled);
});
