import type { Prompt } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { controlTokensOf } from './answer/index.ts';
import type { InfillTokens, NativeVocabulary } from './native-vocabulary.ts';

type InfillPrompt = Extract<Prompt, { type: 'infill' }>;

/** How a model is told what stands around a gap, in tokens of its own. */
export interface InfillFormat {
  prefix: number;
  suffix: number;
  /** What the filling follows; without one it follows the prefix. */
  middle: number | undefined;
  /** The suffix is read before the prefix. */
  isSuffixFirst: boolean;
  /** Stands before the name of the project. */
  repository: number | undefined;
  /** Stands before the name of a file. */
  file: number | undefined;
}

/** What a prompt consists of, in tokens. */
export type InfillParts = Record<'prefixTokens' | 'suffixTokens' | 'fileTokens', number>;

/** Families that llama.cpp does not know by the names of their tokens; both read the suffix first. */
const furtherFamilies = [
  { prefix: '[PREFIX]', suffix: '[SUFFIX]', middle: undefined },
  { prefix: '<[fim-prefix]>', suffix: '<[fim-suffix]>', middle: '<[fim-middle]>' },
] as const;
const repositoryNames = ['<|repo_name|>', '<repo_name>', '<reponame>'];
const fileNames = ['<|file_sep|>', '<file_sep>'];

/** Words that llama-server uses where nobody tells a name, so that models see what they see there. */
const projectName = 'myproject';
const currentFileName = 'filename';
const snippetBorder = '\n\n--- snippet ---\n\n';

type Named = ReadonlyMap<string, number>;

/** Undefined: the model has no tokens to fill a gap with. */
export function findInfillFormat(vocabulary: NativeVocabulary): InfillFormat | undefined {
  const { infill = {} } = vocabulary;
  const named = controlTokensOf(vocabulary).byText;
  const gap = findKnownGap(infill) ?? findFurtherGap(named);
  return (
    gap && {
      ...gap,
      repository: infill.repository ?? findFirst(named, repositoryNames),
      file: infill.file ?? findFirst(named, fileNames),
    }
  );
}

type GapTokens = Omit<InfillFormat, 'repository' | 'file'>;

function findKnownGap({ prefix, suffix, middle }: InfillTokens): GapTokens | undefined {
  if (prefix === undefined || suffix === undefined || middle === undefined) return undefined;
  return { prefix, suffix, middle, isSuffixFirst: false };
}

function findFurtherGap(named: Named): GapTokens | undefined {
  for (const family of furtherFamilies) {
    const prefix = named.get(family.prefix);
    const suffix = named.get(family.suffix);
    const middle = named.get(family.middle ?? '');
    const isWhole = family.middle === undefined || middle !== undefined;
    if (prefix !== undefined && suffix !== undefined && isWhole) return { prefix, suffix, middle, isSuffixFirst: true };
  }
  return undefined;
}

function findFirst(named: Named, names: readonly string[]): number | undefined {
  return names.map((name) => named.get(name)).find((token) => token !== undefined);
}

/**
 * The tokens of a gap in its surroundings, other files first. Nothing is cut: what does not fit is refused by whoever
 * knows the context. Words that look like control tokens stay words. Errors: `capability-missing`.
 */
export function encodeInfill(
  { prefix, suffix, lead = '', files = [] }: InfillPrompt,
  vocabulary: NativeVocabulary,
): { tokens: number[]; parts: InfillParts } {
  const format = requireFormat(vocabulary);
  const read = (text: string): Uint32Array => vocabulary.tokenize(text, { isRaw: true });
  const before = [...read(prefix), ...read(lead)];
  const after = [...read(suffix)];
  const others = encodeFiles(files, format, read);
  const gap = format.isSuffixFirst
    ? [format.suffix, ...after, format.prefix, ...before]
    : [format.prefix, ...before, format.suffix, ...after];
  const end = format.middle === undefined ? [] : [format.middle];
  return {
    tokens: [...others, ...gap, ...end],
    parts: { prefixTokens: before.length, suffixTokens: after.length, fileTokens: others.length },
  };
}

function encodeFiles(
  files: NonNullable<InfillPrompt['files']>,
  { repository, file }: InfillFormat,
  read: (text: string) => Uint32Array,
): number[] {
  if (files.length === 0) return [];
  const tokens: number[] = repository === undefined ? [] : [repository, ...read(`${projectName}\n`)];
  const append = (part: Iterable<number>): void => {
    for (const token of part) tokens.push(token);
  };
  for (const { name, text } of files) {
    append(file === undefined ? read(snippetBorder) : [file, ...read(`${name}\n`)]);
    append(read(text));
  }
  if (file !== undefined) append([file, ...read(`${currentFileName}\n`)]);
  return tokens;
}

function requireFormat(vocabulary: NativeVocabulary): InfillFormat {
  const format = findInfillFormat(vocabulary);
  if (format) return format;
  throw new AppError('capability-missing', 'This model has no tokens to fill in the middle of a text with.', {
    hint: 'Choose a model made for it, such as Qwen2.5-Coder, StarCoder2, DeepSeek-Coder or Codestral.',
    data: { param: 'suffix' },
  });
}
