import { expect, test } from 'vitest';
import { closingText, detectReasoning } from '#main/decoding/index.ts';

test('each family of reasoning is closed in its own way', () => {
  const closedBy = (template: string) => {
    const reasoning = detectReasoning(template);
    return reasoning && closingText(reasoning);
  };
  expect(closedBy('<|channel|>analysis')).toBe('<|end|><|start|>assistant');
  expect(closedBy('[THINK]')).toBe('[/THINK]');
  expect(closedBy('<seed:think>')).toBe('\n</seed:think>\n\n');
  expect(closedBy('nothing of the kind')).toBeUndefined();
});
