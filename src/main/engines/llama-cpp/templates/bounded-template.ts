import { Environment, Interpreter, parse, Template, tokenize } from '@huggingface/jinja';
import { createLimitError, type TemplateLimits } from './template-limits.ts';

type Statement = Parameters<Interpreter['evaluate']>[0];
type RuntimeValue = ReturnType<Interpreter['evaluate']>;

/** A compiled template. `render` throws with the template's own message. */
export interface Renderer {
  render(variables: Record<string, unknown>): string;
}

/**
 * A template in Hugging Face's Jinja engine, whose every step is counted: it can run neither long nor large. What it
 * writes differs from Python's and llama.cpp's in the form of lists and truth values and in what `strip` takes away.
 * Throws on a syntax error. Errors of `render`: `template-failed` at a limit, else the template's own.
 */
export function compileBounded(template: string, limits: TemplateLimits): Renderer {
  const program = withinMachine(() => parseTemplate(template), limits);
  return {
    render: (variables) =>
      withinMachine(() => {
        const rendered = new BoundedInterpreter(createEnvironment(variables, limits), limits).run(program);
        return typeof rendered.value === 'string' ? rendered.value : '';
      }, limits),
  };
}

/** The syntax tree, as the engine's own `Template` reads it. */
export function parseTemplate(template: string): ReturnType<typeof parse> {
  return parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
}

/** Expressions within expressions; macros that call themselves for the levels of a schema take a tenth of it. */
const deepest = 1000;

class BoundedInterpreter extends Interpreter {
  readonly #limits: TemplateLimits;
  #steps = 0;
  #depth = 0;
  /** What loops of this template run over. */
  readonly #looped = new WeakSet<object>();

  constructor(environment: Environment, limits: TemplateLimits) {
    super(environment);
    this.#limits = limits;
  }

  override evaluate(statement: Statement, environment: Environment): RuntimeValue {
    this.#count(1);
    if (++this.#depth > deepest) throw createLimitError('depth');
    if (statement?.type === 'For') this.#looped.add(Reflect.get(statement, 'iterable') as object);
    const result = super.evaluate(statement, environment);
    this.#depth--;
    this.#requireSmall(result.value);
    return statement && this.#looped.has(statement) ? this.#loopOver(result, environment) : result;
  }

  /** As in Jinja, nothing is looped over where there is nothing: templates loop over tools that were not given. */
  #loopOver(list: RuntimeValue, environment: Environment): RuntimeValue {
    const value: unknown = list.value;
    if (Array.isArray(value)) this.#count(value.length);
    return list.type === 'UndefinedValue' ? super.evaluate(emptyList, environment) : list;
  }

  #count(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.#limits.steps) throw createLimitError('steps', this.#limits.steps);
  }

  #requireSmall(value: unknown): void {
    const { characters, steps } = this.#limits;
    if (typeof value === 'string' && value.length > characters) throw createLimitError('characters', characters);
    if (Array.isArray(value) && value.length > steps) throw createLimitError('steps', steps);
  }
}

/** The syntax of `[]`. */
const emptyList = parseTemplate('{{ [] }}').body[0];

/** What templates find beside their variables; the names and meanings are the engine's own. */
function createEnvironment(variables: Record<string, unknown>, limits: TemplateLimits): Environment {
  const environment = new Environment();
  const constants = { true: true, false: false, none: null, True: true, False: false, None: null };
  for (const [name, value] of Object.entries(constants)) environment.set(name, value);
  environment.set('raise_exception', (message: unknown) => {
    throw new Error(String(message));
  });
  environment.set('range', (...bounds: unknown[]) => createRange(bounds.map(Number), limits.steps));
  environment.set('strftime_now', (format: unknown) => clock.render({ format }));
  for (const [name, value] of Object.entries(variables)) environment.set(name, value);
  return environment;
}

/** The engine keeps its clock to itself. */
const clock = new Template('{{ strftime_now(format) }}');

function createRange(bounds: number[], mostItems: number): number[] {
  const [start = 0, stop = 0, step = 1] = bounds.length === 1 ? [0, ...bounds] : bounds;
  if (step === 0) throw new Error('range() step must not be zero');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > mostItems) throw createLimitError('steps', mostItems);
  return Array.from({ length }, (_, index) => start + index * step);
}

/** A full stack and a text or a list beyond what the machine holds are limits too. */
function withinMachine<Result>(work: () => Result, { characters }: TemplateLimits): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw /stack/i.test(error.message) ? createLimitError('depth') : createLimitError('characters', characters);
  }
}
