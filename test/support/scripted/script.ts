import type { Prompt } from '#shared/domain/generation.ts';
import { isErrorCode, type ErrorCode } from '#shared/errors/error-codes.ts';
import type { GenerationTask } from '#main/engine-port/index.ts';

/** What happens at the end of the answer text. */
type ScriptEnding =
  /** The model ends its answer. */
  | { kind: 'end' }
  /** The engine dies. */
  | { kind: 'crash' }
  /** This stream never goes on; aborting still works. */
  | { kind: 'hang' }
  /** The whole process stops answering. */
  | { kind: 'freeze' }
  | { kind: 'fail'; code: ErrorCode };

/** A piece of an answer. */
export type ScriptPart =
  | { kind: 'text'; text: string }
  | { kind: 'thinking'; text: string }
  | { kind: 'call'; name: string; arguments: string };

export interface Script {
  parts: ScriptPart[];
  ending: ScriptEnding;
}

/**
 * The answer to a prompt, by its last user message:
 *
 * | message                                        | answer                                                        |
 * | `echo TEXT`                                    | TEXT                                                          |
 * | `count to N`                                   | `1 2 3 … N`                                                   |
 * | `show prompt`, `show task`                     | the rendered prompt; everything else of the task as JSON      |
 * | `think TEXT`, `say TEXT`, `call NAME JSON`     | thinking, text, a tool call; several of them joined by ` then ` |
 * | `crash`, `hang`, `freeze`, `fail CODE`         | that fault at once; before `start` for `fail`                 |
 * | … followed by ` after N`                       | the fault after counting to N                                 |
 * | a tool's result after it                       | `The tool said: RESULT`                                       |
 * | anything else                                  | `You said: MESSAGE`                                           |
 *
 * `answers` goes before all of these.
 */
export function chooseScript(task: GenerationTask, rendered: string, answers: Record<string, string>): Script {
  const result = lastToolResult(task.prompt);
  if (result !== undefined) return say(`The tool said: ${result}`);
  const message = lastUserText(task.prompt) ?? rendered;
  const fixed = answers[message];
  if (fixed !== undefined) return say(fixed);
  const fault = /^(crash|hang|freeze|fail (?<code>[a-z-]+?))( after (?<count>\d+))?$/.exec(message);
  if (fault?.[1]) {
    return {
      parts: toTextParts(countTo(Number(fault.groups?.['count'] ?? 0))),
      ending: toEnding(fault[1], fault.groups?.['code']),
    };
  }
  if (message.startsWith('echo ')) return say(message.slice('echo '.length));
  const count = /^count to (\d+)$/.exec(message)?.[1];
  if (count !== undefined) return say(countTo(Number(count)));
  if (message === 'show prompt') return say(rendered);
  if (message === 'show task') {
    return say(JSON.stringify({ ...task, prompt: undefined }));
  }
  if (/^(think|say|call) /.test(message))
    return { parts: message.split(' then ').map(toPart), ending: { kind: 'end' } };
  return say(`You said: ${message}`);
}

function say(text: string): Script {
  return { parts: toTextParts(text), ending: { kind: 'end' } };
}

function toTextParts(text: string): ScriptPart[] {
  return text === '' ? [] : [{ kind: 'text', text }];
}

function toPart(step: string): ScriptPart {
  const [, verb, rest = ''] = /^(think|say|call) (.*)$/s.exec(step) ?? [];
  if (verb === 'think') return { kind: 'thinking', text: rest };
  if (verb !== 'call') return { kind: 'text', text: rest || step };
  const [, name = '', json = ''] = /^(\S+) ?(.*)$/s.exec(rest) ?? [];
  return { kind: 'call', name, arguments: json };
}

function toEnding(fault: string, code: string | undefined): ScriptEnding {
  if (fault === 'crash' || fault === 'hang' || fault === 'freeze') return { kind: fault };
  return { kind: 'fail', code: isErrorCode(code) ? code : 'internal' };
}

function countTo(count: number): string {
  return Array.from({ length: count }, (_, index) => index + 1).join(' ');
}

function lastToolResult(prompt: Prompt): string | undefined {
  const last = prompt.type === 'chat' ? prompt.messages.at(-1) : undefined;
  return last?.role === 'tool' ? last.content : undefined;
}

function lastUserText(prompt: Prompt): string | undefined {
  switch (prompt.type) {
    case 'chat':
      return prompt.messages.findLast(({ role }) => role === 'user')?.content;
    case 'text':
      return prompt.text;
    case 'infill':
      return `fill ${prompt.prefix}${prompt.lead ?? ''}|${prompt.suffix}`;
    case 'tokens':
      return undefined;
    default:
      return prompt satisfies never;
  }
}

/** The fake chat template: `<role>content</role>` per turn; a final assistant turn stays open (prefill). */
export function renderPrompt(prompt: Exclude<Prompt, { type: 'tokens' }>): string {
  if (prompt.type === 'text') return prompt.text;
  if (prompt.type === 'infill') {
    const files = (prompt.files ?? []).map(({ name, text }) => `<file>${name}\n${text}`).join('');
    return `${files}<before>${prompt.prefix}${prompt.lead ?? ''}<after>${prompt.suffix}<gap>`;
  }
  const last = prompt.messages.at(-1);
  const turns = prompt.messages.map(({ role, content }, index) => {
    const isPrefill = role === 'assistant' && index === prompt.messages.length - 1;
    return isPrefill ? `<${role}>${content}` : `<${role}>${content}</${role}>\n`;
  });
  return turns.join('') + (last?.role === 'assistant' ? '' : '<assistant>');
}

/** What a template would make of tools and variables; nothing where there are none. */
export function renderSettings(prompt: Prompt): string {
  if (prompt.type !== 'chat') return '';
  const { tools, templateArguments } = prompt;
  return [
    ...(tools?.length ? [`<tools>${JSON.stringify(tools)}</tools>\n`] : []),
    ...(templateArguments ? [`<variables>${JSON.stringify(templateArguments)}</variables>\n`] : []),
  ].join('');
}

/** What is left to say after a prefill that the answer starts with. */
export function withoutPrefill([first, ...others]: readonly ScriptPart[], prompt: Prompt): ScriptPart[] {
  const last = prompt.type === 'chat' ? prompt.messages.at(-1) : undefined;
  if (!first) return [];
  if (last?.role !== 'assistant' || first.kind !== 'text' || !first.text.startsWith(last.content)) {
    return [first, ...others];
  }
  return [...toTextParts(first.text.slice(last.content.length)), ...others];
}
