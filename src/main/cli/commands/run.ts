import { statSync } from 'node:fs';
import path from 'node:path';
import type { ControlClient } from '#shared/control/client.ts';
import type { ChatMessage } from '#shared/domain/chat.ts';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { connect } from '../attach.ts';
import { runChatSession } from '../chat-session.ts';
import type { CliEnvironment } from '../cli-environment.ts';
import type { CliCommand, CommandContext } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import type { Flags } from '../flags.ts';
import { generateAnswer, type Answer } from '../generate-answer.ts';
import { showLoading } from '../loading-line.ts';
import { usageError, type GivenArguments } from '../parse-arguments.ts';
import { readPrompt } from '../read-prompt.ts';

const flags = {
  system: { value: 'TEXT', help: 'System message before the conversation' },
  temperature: { value: 'T', help: '0 always takes the likeliest token' },
  'top-p': { value: 'P', help: 'Sample from the likeliest tokens up to this probability' },
  'top-k': { value: 'K', help: 'Sample from the K likeliest tokens; 0 is off' },
  'min-p': { value: 'P', help: 'Drop tokens below this share of the likeliest' },
  seed: { value: 'N', help: 'Same seed, same answer' },
  'max-tokens': { value: 'N', help: 'Longest answer in tokens' },
  stop: { value: 'TEXT', isRepeatable: true, help: 'Text that ends the answer; may be given several times' },
} satisfies Flags;

/** One answer to a prompt, or a conversation at the terminal. Works in this process when no server runs. */
export const runCommand: CliCommand = {
  name: 'run',
  usage: 'run MODEL [PROMPT]',
  summary: 'Ask a model, or talk with it when no prompt is given',
  flags,
  positionals: { min: 1, max: Infinity },
  prepare(given) {
    const [model = '', ...words] = given.positionals;
    const home = given.text('home');
    const base = readRequest(given);
    const system = given.text('system');
    return async (context) => {
      const { environment, output } = context;
      const prompt = await readPrompt(words, environment.stdin);
      if (prompt === '' || (prompt === undefined && output.isJson)) {
        output.error(usageError('The prompt is missing.', {}));
        return exitCodes.usage;
      }
      const connection = await connect(home, environment);
      try {
        const { client } = connection;
        const id = await findModel(model, client, environment);
        const toRequest = (messages: ChatMessage[]): GenerationRequest => ({
          ...base,
          model: id,
          prompt: { type: 'chat', messages: withSystem(system, messages) },
        });
        if (prompt === undefined) return await runChatSession({ client, environment, output, toRequest });
        return await answerOnce(context, client, toRequest([{ role: 'user', content: prompt }]));
      } finally {
        await connection.close();
      }
    };
  },
};

function readRequest(given: GivenArguments): Omit<GenerationRequest, 'prompt'> {
  const number = (flag: keyof typeof flags, max: number) => given.number(flag, { min: 0, max, isInteger: false });
  const count = (flag: keyof typeof flags, max: number) => given.number(flag, { min: 0, max, isInteger: true });
  return {
    sampling: {
      temperature: number('temperature', 100),
      topP: number('top-p', 1),
      topK: count('top-k', 1_000_000),
      minP: number('min-p', 1),
      seed: count('seed', 0xffff_ffff),
    },
    maxTokens: count('max-tokens', 1_000_000_000),
    stops: given.texts('stop').filter((text) => text !== ''),
  };
}

function withSystem(system: string | undefined, messages: ChatMessage[]): ChatMessage[] {
  return system === undefined ? messages : [{ role: 'system', content: system }, ...messages];
}

/** A file that exists is registered first; any other name is the server's to resolve. */
async function findModel(
  name: string,
  client: ControlClient,
  { workingFolder }: Pick<CliEnvironment, 'workingFolder'>,
): Promise<string> {
  const file = path.resolve(workingFolder, name);
  const looksLikeFile = /[\\/]|\.gguf$/i.test(name) && statSync(file, { throwIfNoEntry: false })?.isFile();
  return looksLikeFile ? (await client.command('models.import', { path: file })).id : name;
}

async function answerOnce(
  { environment, output }: CommandContext,
  client: ControlClient,
  request: GenerationRequest,
): Promise<number> {
  const controller = new AbortController();
  const stopListening = environment.onInterrupt(() => controller.abort());
  const stopLoading = showLoading(client, output);
  try {
    const answer = await generateAnswer(client, request, {
      abort: AbortSignal.any([controller.signal, output.lost]),
      onStart: stopLoading,
      onText: (text) => output.stream(text),
    });
    output.result(answer.text.endsWith('\n') ? '' : '\n', answer);
    noteLimit(answer, output);
    return exitCodes.ok;
  } finally {
    stopLoading();
    stopListening();
  }
}

/** An answer that ended because the context was full is not a whole answer. */
function noteLimit({ rawReason }: Answer, output: CommandContext['output']): void {
  if (rawReason === 'context-full') output.note('The answer ended early: the context of the model is full.');
}
