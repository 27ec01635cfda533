import { parentPort } from 'node:worker_threads';
import { toAppError } from '#shared/errors/app-error.ts';
import { ChatFormat } from '../chat-format.ts';
import { compileGuarded } from './guarded-template.ts';
import type { TemplateAnswer, TemplateQuestion } from './template-thread.ts';

// The whole program of the thread that turns messages into prompts: one model's templates, one request at a time.
const port = parentPort;
let format: ChatFormat | undefined;

port?.on('message', (question: TemplateQuestion) => port.postMessage(answer(question)));

function answer(question: TemplateQuestion): TemplateAnswer {
  try {
    switch (question.type) {
      case 'open':
        format = openFormat(question);
        return { text: '' };
      case 'warm-up':
        format?.warmUp();
        return { text: '' };
      case 'render':
        return { text: format?.render(question.request) ?? '' };
      default:
        return question satisfies never;
    }
  } catch (error) {
    return { error: toAppError(error).toWire() };
  }
}

function openFormat({ limits, native, ...texts }: Extract<TemplateQuestion, { type: 'open' }>): ChatFormat {
  return new ChatFormat({
    ...texts,
    compile: (template) => compileGuarded(template, { limits, native }),
    mostCharacters: limits.characters,
  });
}
