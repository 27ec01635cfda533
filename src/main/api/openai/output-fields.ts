import { z } from 'zod';
import type { OutputFormat } from '#shared/domain/generation.ts';
import { invalidParameter, listSchema, textSchema } from '../validate.ts';
import { boundedJsonSchema } from '../bounded-json.ts';

const schemaSchema = z.union([z.boolean(), boundedJsonSchema], 'expected a JSON Schema');
type JsonSchema = z.infer<typeof schemaSchema>;

const grammarSchema = textSchema.max(4_000_000);
const choicesSchema = listSchema(textSchema.min(1).max(65_536), 10_000);
/** vLLM takes a schema also as text. */
const schemaOrTextSchema = z.union([schemaSchema, textSchema], 'expected a JSON Schema');

const responseFormatSchema = z.object({
  type: z.enum(['text', 'json_object', 'json_schema']),
  /** llama-server's form. */
  schema: schemaSchema.nullish(),
  /** OpenAI's form. `strict` makes no difference: a schema is always enforced. */
  json_schema: z
    .object({
      name: z.string().nullish(),
      description: z.string().nullish(),
      strict: z.boolean().nullish(),
      schema: schemaSchema.nullish(),
    })
    .nullish(),
});

/** What the answer has to be: OpenAI's field, llama-server's and vLLM's. */
export const outputFields = {
  response_format: responseFormatSchema.optional(),
  grammar: grammarSchema.optional(),
  json_schema: schemaSchema.optional(),
  guided_json: schemaOrTextSchema.optional(),
  guided_grammar: grammarSchema.optional(),
  guided_choice: choicesSchema.optional(),
  /** Strict: a wish that is not understood must not be dropped. */
  structured_outputs: z
    .strictObject({
      json: schemaOrTextSchema.nullish(),
      grammar: grammarSchema.nullish(),
      choice: choicesSchema.nullish(),
      json_object: z.boolean().nullish(),
    })
    .optional(),
} as const;

type OutputFields = z.infer<z.ZodObject<typeof outputFields>>;

const outputNames = Object.keys(outputFields) as (keyof OutputFields)[];

/** Undefined means text. Throws `invalid-request` when two fields ask for different things, or one for nothing. */
export function decodeOutput(fields: OutputFields): OutputFormat | undefined {
  if (outputNames.every((name) => fields[name] === undefined)) return undefined;
  const [first, second] = listWishes(fields);
  if (first && second) throw invalidParameter(second[0], `"${first[0]}" already says what the answer has to be`);
  return first?.[1];
}

/** The field that says what the answer has to be, down to its schema or grammar. */
export function findOutputField(fields: OutputFields): string | undefined {
  return listWishes(fields)[0]?.[0];
}

function listWishes(fields: OutputFields): [string, OutputFormat][] {
  const { structured_outputs: structured } = fields;
  const wishes: [string, OutputFormat | undefined][] = [
    decodeResponseFormat(fields.response_format),
    ['grammar', toGrammar(fields.grammar)],
    ['json_schema', toSchema(fields.json_schema)],
    ['guided_json', toSchema(parseSchema(fields.guided_json, 'guided_json'))],
    ['guided_grammar', toGrammar(fields.guided_grammar)],
    ['guided_choice', toChoice(fields.guided_choice, 'guided_choice')],
    ['structured_outputs.json', toSchema(parseSchema(structured?.json ?? undefined, 'structured_outputs.json'))],
    ['structured_outputs.grammar', toGrammar(structured?.grammar ?? undefined)],
    ['structured_outputs.choice', toChoice(structured?.choice ?? undefined, 'structured_outputs.choice')],
    ['structured_outputs.json_object', structured?.json_object === true ? { type: 'json-object' } : undefined],
  ];
  return wishes.filter((wish): wish is [string, OutputFormat] => wish[1] !== undefined);
}

function decodeResponseFormat(format: OutputFields['response_format']): [string, OutputFormat | undefined] {
  const field = 'response_format';
  if (format === undefined || format.type === 'text') return [field, undefined];
  const { schema, json_schema: named } = format;
  if (named?.schema !== undefined && named.schema !== null) {
    return [`${field}.json_schema.schema`, toSchema(named.schema)];
  }
  if (schema !== undefined && schema !== null) return [`${field}.schema`, toSchema(schema)];
  if (format.type === 'json_object') return [field, { type: 'json-object' }];
  throw invalidParameter(`${field}.json_schema.schema`, 'it is missing');
}

function toSchema(schema: JsonSchema | undefined): OutputFormat | undefined {
  return schema === undefined ? undefined : { type: 'json-schema', schema };
}

/** An empty grammar asks for nothing. */
function toGrammar(grammar: string | undefined): OutputFormat | undefined {
  return grammar === undefined || grammar === '' ? undefined : { type: 'grammar', grammar };
}

function parseSchema(schema: JsonSchema | string | undefined, param: string): JsonSchema | undefined {
  if (typeof schema !== 'string') return schema;
  try {
    const parsed = schemaSchema.safeParse(JSON.parse(schema));
    if (parsed.success) return parsed.data;
  } catch {
    // Said below: neither JSON nor a schema.
  }
  throw invalidParameter(param, 'this text is no JSON Schema');
}

/** One of several texts, in llama.cpp's grammar notation. */
function toChoice(choices: readonly string[] | undefined, param: string): OutputFormat | undefined {
  if (choices === undefined) return undefined;
  if (choices.length === 0) throw invalidParameter(param, 'it is empty');
  return { type: 'grammar', grammar: `root ::= ${choices.map(toLiteral).join(' | ')}\n` };
}

function toLiteral(text: string): string {
  const escaped = text.replaceAll(/["\\]|\p{Cc}/gu, (character) =>
    character === '"' || character === '\\' ? `\\${character}` : `\\u${toHex(character)}`,
  );
  return `"${escaped}"`;
}

function toHex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}
