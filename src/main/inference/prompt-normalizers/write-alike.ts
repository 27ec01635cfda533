import type { PromptNormalizer } from '#shared/domain/prompt-normalizer.ts';

const months = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\\.?';
const days = '(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\\.?,? +)?';

/** What each normaliser looks for, and the word it writes instead. No pattern can backtrack. */
const rules: Record<PromptNormalizer, readonly [pattern: RegExp, word: string]> = {
  uuids: [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '[id]'],
  dates: [
    new RegExp(
      [
        String.raw`\b\d{4}-\d{2}-\d{2}(?=T|\b)`,
        String.raw`\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b`,
        String.raw`\b${days}${months} \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b`,
        String.raw`\b${days}\d{1,2}(?:st|nd|rd|th)?\.? ${months},? \d{4}\b`,
      ].join('|'),
      'gi',
    ),
    '[date]',
  ],
  times: [/(?<![\d:.])\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]\.?m\.?)?(?![\d:])/gi, '[time]'],
  'hex-ids': [/\b(?=[0-9a-f]{0,64}\d)(?=\d{0,64}[a-f])[0-9a-f]{12,64}\b/gi, '[id]'],
  'long-numbers': [/(?<![\d.])\d{9,20}(?![\d.])/g, '[number]'],
};

/** In the order in which they are applied and proposed. */
export const promptNormalizers = Object.keys(rules) as PromptNormalizer[];

/** The text with every value of that kind written alike. */
export function writeAlike(text: string, normalizer: PromptNormalizer): string {
  const [pattern, word] = rules[normalizer];
  return text.replace(pattern, word);
}
