import type { Tool } from '#shared/domain/chat.ts';
import type { OutputFormat } from '#shared/domain/generation.ts';
import type { GenerationTask } from '../../../engine-port/index.ts';
import {
  buildToolGrammar,
  compileJsonSchema,
  findPrimer,
  type AnswerParserOptions,
  type ToolGrammar,
  type ToolGrammarOptions,
} from '../../../decoding/index.ts';
import type { AnswerBinding, AnswerRules, ThinkingRules } from './answer-gate.ts';
import type { AnswerMarkers, ModelGrammars } from './model-grammars.ts';

export interface AnswerPlan {
  /** Undefined: nothing binds the answer. */
  rules: AnswerRules | undefined;
  /** Undefined: all of it is text. */
  parser: Omit<AnswerParserOptions, 'controlTexts'> | undefined;
  /** Places in schemas that bind nothing. */
  unenforced: string[];
}

/** How the answer is bound, and what of the schemas is not. */
interface Bound {
  binding: AnswerBinding;
  unenforced?: readonly string[];
}

export interface PlanSource {
  task: GenerationTask;
  /** Whether a chat template rendered the prompt: only then the answer may hold thinking and calls. */
  isChat: boolean;
  /** The prompt as text, where it was text. */
  promptText: string;
  grammars: ModelGrammars;
}

/** What a request asks of its answer. Errors: `schema-unsupported`, `invalid-request` for a tool that is not offered. */
export function planAnswer(source: PlanSource): AnswerPlan {
  const { task, isChat, promptText, grammars } = source;
  const markers = isChat ? grammars.markers : undefined;
  const tools = toolsOf(task);
  const primer = markers ? findPrimer(promptText, markers) : '';
  const thinking = planThinking(task, markers, primer);
  const { binding, unenforced = [] } = planBinding(source, tools);
  const isBound = binding.kind !== 'free' || thinking?.budgetTokens !== undefined;
  const readable = task.toolChoice?.type === 'none' ? [] : tools;
  return {
    rules: isBound ? { binding, thinking } : undefined,
    parser: markers && hasParts(markers, readable) ? { ...markers, tools: readable, primer } : undefined,
    unenforced: [...unenforced],
  };
}

/** An answer may hold more than text. */
function hasParts({ syntax, reasoning }: AnswerMarkers, tools: readonly Tool[]): boolean {
  return tools.length > 0 || reasoning !== undefined || (syntax.silent ?? []).length > 0;
}

function toolsOf({ prompt }: GenerationTask): readonly Tool[] {
  return prompt.type === 'chat' ? (prompt.tools ?? []) : [];
}

function planThinking(
  { reasoning: options = {} }: GenerationTask,
  markers: AnswerMarkers | undefined,
  primer: string,
): ThinkingRules | undefined {
  const syntax = markers?.reasoning;
  if (!syntax) return undefined;
  const isOpen = [syntax.begin, ...(syntax.alsoBegin ?? [])].includes(primer);
  const isOff = options.isEnabled === false || (options.isEnabled === undefined && options.effort === 'none');
  const budgetTokens = isOff ? 0 : options.budgetTokens;
  return { syntax, isOpen, mayBegin: !isOff, ...(budgetTokens === undefined ? {} : { budgetTokens }) };
}

function planBinding(source: PlanSource, tools: readonly Tool[]): Bound {
  const { output = { type: 'text' }, toolChoice = { type: 'auto' } } = source.task;
  const mustCall = toolChoice.type === 'required' || toolChoice.type === 'named';
  if (mustCall) {
    const calls = buildCalls(source, tools);
    return { binding: { kind: 'bound', grammars: [calls.grammar] }, unenforced: placesOf(calls) };
  }
  const format = source.grammars.compiled.get(['format', output], () => formatGrammar(output));
  const mayCall = tools.length > 0 && toolChoice.type === 'auto';
  if (format !== undefined) {
    const calls = mayCall ? [buildCalls(source, tools, 'required')] : [];
    const grammars = [format.grammar, ...calls.map(({ grammar }) => grammar)];
    return { binding: { kind: 'bound', grammars }, unenforced: [...format.ignored, ...calls.flatMap(placesOf)] };
  }
  if (tools.length === 0) return { binding: { kind: 'free' } };
  return bindFromMarker(buildCalls(source, tools, 'auto'), mayCall);
}

/** Text until a call begins, and from its marker on what its schema says. */
function bindFromMarker(calls: ToolGrammar, mayCall: boolean): Bound {
  const { grammar, triggers = [], triggersAtStart = false } = calls;
  return {
    binding: { kind: 'called', triggers, atStart: triggersAtStart, grammar: mayCall ? grammar : undefined },
    unenforced: mayCall ? placesOf(calls) : [],
  };
}

/** As `tools.NAME/path`. */
function placesOf({ relaxed }: ToolGrammar): string[] {
  return relaxed.map(({ tool, path }) => `tools.${tool}${path}`);
}

function formatGrammar(output: OutputFormat): { grammar: string; ignored: readonly string[] } | undefined {
  switch (output.type) {
    case 'text':
      return undefined;
    case 'json-object':
      return { grammar: compileJsonSchema({ type: 'object' }).grammar, ignored: [] };
    case 'json-schema': {
      const { grammar, ignored } = compileJsonSchema(output.schema);
      return { grammar, ignored: ignored.map((pointer) => `schema${pointer}`) };
    }
    case 'grammar':
      return { grammar: output.grammar, ignored: [] };
  }
}

function buildCalls(
  { task, grammars }: PlanSource,
  tools: readonly Tool[],
  choice: ToolGrammarOptions['choice'] = toChoice(task),
): ToolGrammar {
  const { markers, controlCharacters, endTexts } = grammars;
  const parallel = task.parallelToolCalls ?? task.toolChoice?.type !== 'named';
  return grammars.compiled.get(['calls', tools, choice, parallel], () =>
    buildToolGrammar({ syntax: markers.syntax, tools, choice, parallel, controlCharacters, endTexts }),
  );
}

function toChoice({ toolChoice }: GenerationTask): ToolGrammarOptions['choice'] {
  return toolChoice?.type === 'named' ? { names: toolChoice.names } : 'required';
}
