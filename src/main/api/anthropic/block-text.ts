import { unsupportedField } from '../check-fields.ts';
import { invalidParameter } from '../validate.ts';
import type { InnerBlock } from './block-fields.ts';

/** The text that one block adds to a prompt. Throws `unsupported-field` for what is no text. */
export function readTextBlock(block: InnerBlock, param: string): string {
  switch (block.type) {
    case 'text':
      return requireText(block.text, `${param}.text`);
    case 'document':
      return readDocument(block, param);
    case 'search_result':
      return joinLines([block.title, readAddress(block), readTexts(block.content, `${param}.content`)]);
    case 'tool_reference':
      return requireText(block.tool_name, `${param}.tool_name`);
    default:
      throw notUnderstood(block.type, param);
  }
}

/** The texts of a list of blocks, one below the other. */
export function readTexts(content: string | readonly InnerBlock[] | null | undefined, param: string): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((block, index) => readTextBlock(block, `${param}[${index}]`)).join('\n');
}

export function requireText(text: string | null | undefined, param: string): string {
  if (typeof text === 'string') return text;
  throw invalidParameter(param, 'it is missing');
}

export function notUnderstood(type: string, param: string): Error {
  return unsupportedField(param, `Content of the type ${JSON.stringify(type.slice(0, 40))} is not understood yet.`);
}

function readDocument({ source, title, context, citations }: InnerBlock, param: string): string {
  if (asksForCitations(citations)) throw unsupportedField(`${param}.citations`, 'Answers do not cite.');
  if (typeof source !== 'object' || source === null) throw invalidParameter(`${param}.source`, 'it is missing');
  switch (source.type) {
    case 'text':
      return joinLines([title, context, requireText(source.data, `${param}.source.data`)]);
    case 'content':
      return joinLines([title, context, readTexts(source.content, `${param}.source.content`)]);
    default:
      throw unsupportedField(
        `${param}.source`,
        `Documents of the source ${JSON.stringify(source.type.slice(0, 40))} are not understood yet; plain text is.`,
      );
  }
}

function asksForCitations(citations: unknown): boolean {
  return typeof citations === 'object' && citations !== null && 'enabled' in citations && citations.enabled === true;
}

function readAddress({ source }: InnerBlock): string | undefined {
  return typeof source === 'string' ? source : undefined;
}

function joinLines(lines: readonly (string | null | undefined)[]): string {
  return lines.filter((line) => line !== undefined && line !== null && line !== '').join('\n');
}
