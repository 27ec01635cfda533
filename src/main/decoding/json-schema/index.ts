/**
 * JSON Schema to grammar: every text the grammar admits is valid, what cannot be enforced is refused by its path.
 * Called by `inference` for structured output and for the arguments of tools. Pure: knows no engine and no request.
 */
export { compileJsonSchema } from './compile-json-schema.ts';
export { GrammarRules, type JsonSchemaOptions } from './grammar-rules.ts';
