import type { CommandOutput } from '#shared/control/contract.ts';
import type { ControlClient } from '#shared/control/client.ts';
import { modelCapabilities } from '#shared/domain/model-capabilities.ts';
import type { Passport, PassportCheck, PassportVerdict } from '#shared/domain/passport.ts';
import { connect } from '../attach.ts';
import type { CliCommand, CommandContext } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import type { Flags } from '../flags.ts';
import { formatBytes, formatRows } from '../format.ts';
import { describeTestEvent } from '../test-progress.ts';

const flags = {
  test: { help: 'Test now what the model can do; takes a minute, and waits while requests run' },
} satisfies Flags;

type Shown = CommandOutput<'models.show'>;

/** All that is known of one model: its file, its settings, and what was measured of it on this machine. */
export const showCommand: CliCommand = {
  name: 'show',
  usage: 'show MODEL',
  summary: 'Show what is known of a model, and test what it can do',
  flags,
  positionals: { min: 1, max: 1 },
  prepare(given) {
    const [model = ''] = given.positionals;
    const home = given.text('home');
    const isTest = given.isSet('test');
    return async (context) => {
      const connection = await connect(home, context.environment);
      try {
        const { client } = connection;
        if (isTest) await runTest(model, client, context);
        const shown = await client.command('models.show', { model });
        context.output.result(formatModel(shown), { ...shown, capabilities: modelCapabilities(shown.model) });
        return exitCodes.ok;
      } finally {
        await connection.close();
      }
    };
  },
};

/** Interrupting it keeps what was found out. */
async function runTest(model: string, client: ControlClient, { environment, output }: CommandContext): Promise<void> {
  const controller = new AbortController();
  const stopListening = environment.onInterrupt(() => controller.abort());
  try {
    const abort = AbortSignal.any([controller.signal, output.lost]);
    for await (const event of client.channel('passports.test', { model }, abort)) {
      const line = describeTestEvent(event);
      if (line !== undefined) output.redraw(line);
    }
  } finally {
    output.redraw('');
    stopListening();
  }
}

function formatModel({ model, settings, passport, isPassportCurrent }: Shown): string {
  const { facts, status } = model;
  const count = (value: number | null): string => (value === null ? '-' : value.toLocaleString('en-US'));
  const rows: [string, string][] = [
    ['Name', facts.name],
    ['Also called', model.aliases.join(', ')],
    ['File', model.path],
    ['Size', formatBytes(model.sizeBytes)],
    ['sha256', model.sha256 ?? 'not read yet'],
    ['State', status.state === 'failed' ? `failed: ${status.message}` : status.state],
    ['Trust', model.trust],
    ['Architecture', facts.architecture],
    ['Parameters', count(facts.parameterCount)],
    ['Quantization', facts.quantization],
    ['Trained context', count(facts.trainedContext)],
    ['Vocabulary', count(facts.vocabularySize)],
    ['Can do', describeCapabilities(model)],
    ['Settings', describeSettings(settings)],
  ];
  const shown = rows.filter(([, value]) => value !== '').map(([name, value]) => [`  ${name}`, withoutControls(value)]);
  return `${model.id}\n${formatRows(shown)}\n${formatPassport(passport, isPassportCurrent)}`;
}

function describeCapabilities(model: Shown['model']): string {
  const { names, all } = modelCapabilities(model);
  return names.map((name) => (all[name].evidence === 'verified' ? `${name} (tested)` : name)).join(', ');
}

function describeSettings({ load, sampling }: Shown['settings']): string {
  const entries = Object.entries({ ...load, ...sampling }).filter(([, value]) => value !== undefined);
  return entries.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(', ');
}

const words: Record<PassportVerdict, string> = {
  pass: 'passed',
  fail: 'failed',
  'not-applicable': 'does not apply',
  'not-measured': 'not measured',
};

function formatPassport(passport: Passport | null, isCurrent: boolean): string {
  if (!passport) return 'Not measured yet. `impetus show MODEL --test` measures it now.\n';
  const { testedAt, engine, machine, load, end } = passport;
  const place = load.placement === 'child' ? 'in a process of its own' : 'in the server';
  const heading = [
    `Measured ${testedAt} with ${engine}, ${place}, context ${load.contextSize}, ${load.threads} threads,`,
    `on ${machine.platform} ${machine.architecture}, ${machine.physicalCores} cores, ${formatBytes(machine.memoryBytes)}.`,
  ].join('\n');
  const stale = isCurrent
    ? ''
    : 'That was another build of the engine; with the present one nothing is measured yet.\n';
  return `${heading}\n${stale}${formatRows(passport.checks.map(toRow))}${endings[end]}`;
}

const endings: Record<Passport['end'], string> = {
  complete: '',
  time: 'The time for the test was over before its end; the setting modelTestSeconds gives it more.\n',
  interrupted: 'The test was interrupted. It goes on when nobody needs the machine.\n',
  crashed: 'The engine died during the test.\n',
};

function toRow({ id, verdict, detail }: PassportCheck): string[] {
  return [`  ${id}`, words[verdict], withoutControls(detail)];
}

/** Names come from files and details quote models: neither may steer the terminal. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, '·');
}
