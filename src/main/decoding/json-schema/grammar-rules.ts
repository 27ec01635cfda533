import { Budget, type BudgetLimits } from './budget.ts';
import { expressionText } from './grammar-text.ts';
import { canFinish, pruneRules } from './prune-rules.ts';
import { refuse } from './refusal.ts';
import { RuleBook } from './rule-book.ts';
import type { SchemaNode } from './schema-document.ts';
import { keywordPath } from './keyword-values.ts';
import { ignoredKeywords } from './keywords.ts';
import { SchemaCompiler } from './schema-compiler.ts';
import { rule } from './expression.ts';

export interface JsonSchemaOptions {
  /** More grammar rules than this are refused; default 10,000. */
  maxRules?: number;
  /** A schema that takes longer to compile is refused; default 200. */
  maxMilliseconds?: number;
  /**
   * White space of the answer: `spaced` is `{"a": 1, "b": 2}` as most models write it, `compact` has none. There is
   * never a choice, so that everything between two values is forced. Default `spaced`.
   */
  layout?: 'spaced' | 'compact';
  /**
   * Whether an object that declares properties takes others, too, when nothing is said about them: JSON Schema's
   * letter. Default false: it takes none, and every answer is valid all the same.
   */
  openObjects?: boolean;
  /** Whether keywords and formats that nobody knows are refused, too; default false: they are named as ignored. */
  strict?: boolean;
}

const mostIgnored = 100;

const layouts = { spaced: { comma: ', ', colon: ': ' }, compact: { comma: ',', colon: ':' } };
const defaultLimits: BudgetLimits = { maxRules: 10_000, maxMilliseconds: 200 };

/**
 * The rules of one grammar: schemas and rules of one's own, under names that never collide. A name that is wished for
 * and taken gets a number, so use the name that comes back.
 */
export class GrammarRules {
  readonly #options: JsonSchemaOptions;
  readonly #limits: BudgetLimits;
  readonly #book: RuleBook;
  readonly #ignored: string[] = [];

  constructor(options: JsonSchemaOptions = {}) {
    this.#options = options;
    this.#limits = {
      maxRules: options.maxRules ?? defaultLimits.maxRules,
      maxMilliseconds: options.maxMilliseconds ?? defaultLimits.maxMilliseconds,
    };
    this.#book = new RuleBook(new Budget(this.#limits));
  }

  /** Number of rules so far. */
  get size(): number {
    return this.#book.rules.size;
  }

  /** Pointers of the unknown keywords and formats that were taken for annotations, a hundred at most. */
  get ignored(): readonly string[] {
    return this.#ignored;
  }

  /** Adds what a schema admits; answers with the name of its rule. A schema that cannot be enforced is refused. */
  addSchema(schema: unknown, name: string): string {
    const book = this.#book;
    const first = book.rules.size;
    const budget = new Budget(this.#limits, first);
    book.budget = budget;
    const { layout = 'spaced', openObjects: isOpen = false } = this.#options;
    const compiler = new SchemaCompiler({ schema, book, budget, layout: layouts[layout], isOpen });
    const value = compiler.value([compiler.document.root], name);
    this.#noteIgnored(compiler.document.visited);
    const own = value.kind === 'rule' ? value.name : book.reserve(name);
    if (value.kind !== 'rule') book.define(own, value);
    if (canFinish(book.rules, own, { first, budget })) return own;
    const hint = 'Look for bounds, types or required properties that contradict one another.';
    return refuse({ path: '', keyword: '$schema', reason: 'no value satisfies it', hint });
  }

  #noteIgnored(nodes: readonly SchemaNode[]): void {
    for (const node of nodes) {
      for (const keyword of ignoredKeywords(node)) {
        const path = keywordPath(node, keyword);
        const hint = 'Remove it, or leave strict mode.';
        if (this.#options.strict) refuse({ path, keyword, reason: `${keyword} is not known`, hint });
        if (this.#ignored.length < mostIgnored) this.#ignored.push(path);
      }
    }
  }

  /** Adds a rule in grammar notation, such as `"<call>" arguments`; answers with its name. */
  addRule(name: string, body: string): string {
    const own = this.#book.reserve(name);
    this.#book.define(own, { kind: 'raw', body });
    return own;
  }

  /** The whole grammar as text; its rule `root` stands for the named one. */
  toText(root: string): string {
    const budget = new Budget({ ...this.#limits, maxMilliseconds: Infinity });
    const all = new Map([['root', rule(root)], ...this.#book.rules]);
    const lines = [...pruneRules(all, 'root', budget)].map(([name, body]) => `${name} ::= ${expressionText(body)}`);
    return `${lines.join('\n')}\n`;
  }
}
