import { GrammarRules, type JsonSchemaOptions } from './grammar-rules.ts';

export interface CompiledSchema {
  /** GBNF, as llama.cpp and our own matcher read it; the root rule is `root`. */
  grammar: string;
  rules: number;
  /** Pointers of unknown keywords and formats, which decided nothing. */
  ignored: readonly string[];
}

/**
 * A grammar that admits valid values of the schema and nothing else, in one layout. What cannot be enforced exactly is
 * refused (`schema-unsupported`, with the keyword's path), never ignored. The same schema gives the same text.
 */
export function compileJsonSchema(schema: unknown, options: JsonSchemaOptions = {}): CompiledSchema {
  const rules = new GrammarRules(options);
  const grammar = rules.toText(rules.addSchema(schema, 'answer'));
  return { grammar, rules: grammar.split('\n').length - 1, ignored: rules.ignored };
}
