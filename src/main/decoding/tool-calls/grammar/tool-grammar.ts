import type { Tool } from '#shared/domain/chat.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { GrammarRules } from '../../json-schema/index.ts';
import type { CallForm, ReasoningSyntax, ToolCallSyntax } from '../syntax.ts';
import { type GrammarTool, toGrammarTool } from './call-grammar.ts';
import { jsonCalls } from './json-grammar.ts';
import { namedCall } from './named-grammar.ts';
import { notationCall } from './notation-grammar.ts';
import { type RelaxedKeyword, RuleWriter } from './rule-writer.ts';
import { taggedCall } from './tagged-grammar.ts';

export interface ToolGrammarOptions {
  syntax: ToolCallSyntax;
  tools: readonly Tool[];
  /** `auto`: the grammar binds a call that has begun. Else the answer must be calls, of the named tools where given. */
  choice: 'auto' | 'required' | { names: readonly string[] };
  /** More than one call per answer, where the family allows that. */
  parallel: boolean;
  /** Text may stand in front of a call that must come. Default: false. */
  allowText?: boolean;
  /** Reasoning that may stand in front, unless the engine keeps it out of the grammar. */
  reasoning?: { syntax: ReasoningSyntax; isOpen: boolean } | undefined;
  /**
   * The character that stands for a control token in the grammar: the vocabulary the grammar sees has to spell that
   * token so. Markers are spelled out in letters where it is missing.
   */
  controlCharacters?: ReadonlyMap<string, string>;
  /** Texts of the tokens that end an answer: the grammar leaves them to the engine. */
  endTexts?: ReadonlySet<string>;
}

export interface ToolGrammar {
  /** In llama.cpp's notation; rule `root`. */
  grammar: string;
  /** Only for `auto`: the grammar binds from the first of these texts on, the text itself included. */
  triggers?: string[];
  /** The triggers count only as the answer's first words (white space and reasoning aside). */
  triggersAtStart?: boolean;
  /** What of the tools' schemas the grammar leaves out. */
  relaxed: RelaxedKeyword[];
}

/** The grammar that makes an answer's calls fit the family's syntax and the tools' schemas. */
export function buildToolGrammar(options: ToolGrammarOptions): ToolGrammar {
  const bag = new GrammarRules();
  const writer = new RuleWriter({ bag, controlCharacters: options.controlCharacters });
  const tools = chooseTools(options).map(toGrammarTool);
  const calls = new CallRules(writer, options, tools);
  const body = options.choice === 'auto' ? calls.afterTrigger() : calls.wholeAnswer();
  const grammar = bag.toText(bag.addRule('root', body));
  const { relaxed } = writer;
  if (options.choice !== 'auto') return { grammar, relaxed };
  return { grammar, triggers: calls.triggers(), triggersAtStart: beginOf(options.syntax.form) === '', relaxed };
}

function chooseTools({ tools, choice }: ToolGrammarOptions): Tool[] {
  const names = typeof choice === 'string' ? undefined : choice.names;
  const chosen = tools.filter(({ name }) => names === undefined || names.includes(name));
  if (chosen.length > 0) return chosen;
  throw new AppError('invalid-request', 'The request names a tool that it does not offer.', {
    hint: 'Name one of the tools in `tools`.',
    data: { param: 'tool_choice' },
  });
}

/** The parts of an answer with calls, as expressions. */
class CallRules {
  readonly #writer: RuleWriter;
  readonly #options: ToolGrammarOptions;
  readonly #tools: readonly GrammarTool[];
  readonly #isParallel: boolean;
  readonly #known = new Map<string, string>();

  constructor(writer: RuleWriter, options: ToolGrammarOptions, tools: readonly GrammarTool[]) {
    this.#writer = writer;
    this.#options = options;
    this.#tools = tools;
    this.#isParallel = options.parallel && options.syntax.allowsParallel;
  }

  triggers(): string[] {
    const trigger = triggerOf(this.#options.syntax);
    if (!trigger.includes('{name}')) return [trigger];
    return this.#tools.map(({ name }) => trigger.replace('{name}', name));
  }

  /** From the trigger on. */
  afterTrigger(): string {
    const begin = beginOf(this.#options.syntax.form);
    const trigger = fixedPart(triggerOf(this.#options.syntax));
    const rest = begin.slice(Math.max(0, begin.indexOf(trigger)));
    return `${this.#writer.literal(begin === '' ? '' : rest)} ${this.#calls(this.#tools)}`;
  }

  /** Reasoning and text where they may stand, then calls. */
  wholeAnswer(): string {
    const { syntax, reasoning, allowText = false } = this.#options;
    const text = allowText ? `${this.#writer.textWithout([fixedPart(triggerOf(syntax))])} ` : '';
    const plain = `${text}(${this.#opened(!allowText)})`;
    if (!reasoning) return plain;
    const { begin, end } = reasoning.syntax;
    const thought = `${this.#writer.textWithout([end])} ${this.#writer.literal(end)} "\\n"{0,2}`;
    const afterThought = `${thought} ${text}(${this.#opened(false)})`;
    if (reasoning.isOpen) return afterThought;
    return `${this.#writer.literal(withoutPrimer(begin, syntax.primers))} ${afterThought} | ${plain}`;
  }

  /**
   * The calls with the beginning of the first. What comes first in the answer may leave out what the prompt already
   * holds of that beginning.
   */
  #opened(isFirst: boolean): string {
    const { lead, form, primers } = this.#options.syntax;
    const begin = beginOf(form);
    const open = (text: string) => {
      const shorter = withoutPrimer(text, primers);
      if (!isFirst || shorter === text) return this.#writer.literal(text);
      return `(${this.#writer.literal(shorter)} | ${this.#writer.literal(text)})`;
    };
    if (lead === undefined) return `${open(begin)} ${this.#calls(this.#tools)}`;
    return this.#tools
      .map((tool) => `${open(lead.replace('{name}', tool.name) + begin)} ${this.#calls([tool])}`)
      .join(' | ');
  }

  /** The calls behind the beginning of the first, the end of the section included. */
  #calls(tools: readonly GrammarTool[]): string {
    const { form } = this.#options.syntax;
    if (form.kind === 'json') {
      return jsonCalls(this.#writer, form, { tools, isParallel: this.#isParallel, end: this.#end(form.end) });
    }
    const first = this.#oneOf(form, tools);
    const between = this.#writer.literal(form.separator + form.begin);
    const more = this.#isParallel ? ` (${between} ${this.#oneOf(form, this.#tools)})*` : '';
    return `${first}${more} ${this.#end(form.section?.end ?? '')}`;
  }

  #oneOf(form: Exclude<CallForm, { kind: 'json' }>, tools: readonly GrammarTool[]): string {
    return this.#writer.rule(tools.map((tool) => this.#oneCall(form, tool)).join(' | '));
  }

  /** The rule of one tool's call, made once. */
  #oneCall(form: Exclude<CallForm, { kind: 'json' }>, tool: GrammarTool): string {
    const known = this.#known.get(tool.name) ?? this.#writer.rule(this.#call(form, tool));
    this.#known.set(tool.name, known);
    return known;
  }

  #call(form: Exclude<CallForm, { kind: 'json' }>, tool: GrammarTool): string {
    if (form.kind === 'tagged') return taggedCall(this.#writer, form, tool);
    if (form.kind === 'notation') return notationCall(this.#writer, form, tool);
    return namedCall(this.#writer, form, { tool, end: this.#end(form.end) });
  }

  /** A last marker that ends the answer is the engine's to take. */
  #end(marker: string): string {
    return this.#options.endTexts?.has(marker.trim()) ? '""' : this.#writer.literal(marker);
  }
}

function beginOf(form: CallForm): string {
  const section = 'section' in form ? (form.section?.begin ?? '') : '';
  return section + form.begin;
}

function triggerOf({ form, trigger }: ToolCallSyntax): string {
  if (trigger !== undefined) return trigger;
  const begin = beginOf(form).trim();
  return begin.split(/\s/)[0] ?? begin;
}

/** The trigger up to the tool's name. */
function fixedPart(trigger: string): string {
  return trigger.replace(/\{name\}.*$/s, '');
}

/** The beginning without what the prompt already holds of it. */
function withoutPrimer(begin: string, primers: readonly string[] = []): string {
  const primer = primers.find((text) => begin.startsWith(text));
  return primer === undefined ? begin : begin.slice(primer.length);
}
