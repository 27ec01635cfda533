import { defaultSettings, type Settings, type SettingsPatch } from '#shared/domain/settings.ts';

/** Normalisers are switched where what they mend is shown. */
export type SettingKey = Exclude<keyof SettingsPatch, 'promptNormalizers'>;

/** How a setting is shown and changed. */
export type SettingControl =
  | { kind: 'switch' }
  | { kind: 'choice'; choices: readonly { value: string | number; label: string }[] }
  /** A whole number; an empty field means "chosen by Impetus" where `isOptional`. */
  | { kind: 'number'; min: number; max: number; isOptional: boolean; placeholder: string }
  | { kind: 'text' }
  /** One entry per line. */
  | { kind: 'lines'; placeholder: string }
  | { kind: 'model' };

export interface SettingRow {
  key: SettingKey;
  label: string;
  /** One line of what it does. */
  effect: string;
  control: SettingControl;
  /** Said before the change: it acts from the next start, or on the next load. */
  when?: string;
}

export interface SettingSection {
  id: string;
  title: string;
  rows: readonly SettingRow[];
}

const fromNextStart = 'Acts from the next start of Impetus.';
const onNextLoad = 'Acts on the next load of a model.';

/** Every setting, in the order it is shown. */
export const settingSections: readonly SettingSection[] = [
  {
    id: 'general',
    title: 'General',
    rows: [
      {
        key: 'theme',
        label: 'Theme',
        effect: 'System follows the light or dark mode of this computer.',
        control: {
          kind: 'choice',
          choices: [
            { value: 'system', label: 'System' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ],
        },
      },
      {
        key: 'logLevel',
        label: 'Log level',
        effect: 'How much the server writes down. Prompts and answers are never written.',
        control: {
          kind: 'choice',
          choices: ['trace', 'debug', 'info', 'warn', 'error', 'silent'].map((value) => ({ value, label: value })),
        },
        when: fromNextStart,
      },
    ],
  },
  {
    id: 'server',
    title: 'Server',
    rows: [
      {
        key: 'port',
        label: 'Port',
        effect: 'Clients connect here. When it is taken, the next free one up to 11544 is used.',
        control: { kind: 'number', min: 1, max: 65535, isOptional: false, placeholder: '11535' },
        when: fromNextStart,
      },
      {
        key: 'host',
        label: 'Address',
        effect: '127.0.0.1 answers this machine only. Any other address needs a key for everything.',
        control: { kind: 'text' },
        when: fromNextStart,
      },
      {
        key: 'compatiblePorts',
        label: 'Ports of Ollama and LM Studio',
        effect: 'Some clients know only 11434 or 1234. A port that another program has is never taken.',
        control: {
          kind: 'choice',
          choices: [
            { value: 'auto', label: 'Unless they are installed' },
            { value: 'always', label: 'Whenever they are free' },
            { value: 'never', label: 'Never' },
          ],
        },
      },
      {
        key: 'allowedOrigins',
        label: 'Web pages that may call the API',
        effect: 'One origin per line. All other pages are refused.',
        control: { kind: 'lines', placeholder: 'https://app.example' },
      },
      {
        key: 'allowedHosts',
        label: 'Host names that may be asked for',
        effect: 'One name per line, beside this machine’s own. Others are refused.',
        control: { kind: 'lines', placeholder: 'impetus.local' },
      },
      {
        key: 'allowKeylessManagement',
        label: 'Manage without a key on this machine',
        effect: 'Lets any program you run download, delete and change settings through the API.',
        control: { kind: 'switch' },
      },
    ],
  },
  {
    id: 'requests',
    title: 'Requests',
    rows: [
      {
        key: 'fallbackToDefaultModel',
        label: 'Answer unknown models with the default',
        effect: 'Off: a request for a model that is not here gets 404 with the nearest names.',
        control: { kind: 'switch' },
      },
      {
        key: 'strict',
        label: 'Refuse fields that would be ignored',
        effect: 'Off: such fields are named in the answer’s headers and the request goes on.',
        control: { kind: 'switch' },
      },
    ],
  },
  {
    id: 'models',
    title: 'Models and memory',
    rows: [
      {
        key: 'defaultModel',
        label: 'Default model',
        effect: 'Answers requests that name none, and is loaded at the start.',
        control: { kind: 'model' },
      },
      {
        key: 'idleUnloadMinutes',
        label: 'Unload a model after',
        effect: 'Idle models leave memory and come back on the next request.',
        control: {
          kind: 'choice',
          choices: [
            { value: 5, label: '5 minutes' },
            { value: 15, label: '15 minutes' },
            { value: 30, label: '30 minutes' },
            { value: 60, label: '1 hour' },
            { value: 240, label: '4 hours' },
            { value: -1, label: 'Never' },
          ],
        },
      },
      {
        key: 'contextSize',
        label: 'Context',
        effect: 'Tokens one conversation can hold. Empty: what the model was trained for, up to 32,768.',
        control: { kind: 'number', min: 16, max: 10_000_000, isOptional: true, placeholder: 'Automatic' },
        when: onNextLoad,
      },
      {
        key: 'slots',
        label: 'Requests at once per model',
        effect: 'Each needs its own context memory. Empty: as many as fit, up to 4.',
        control: { kind: 'number', min: 1, max: 64, isOptional: true, placeholder: 'Automatic' },
        when: onNextLoad,
      },
      {
        key: 'threads',
        label: 'Threads',
        effect: 'Processor threads of the engine. Empty: the number of fast cores.',
        control: { kind: 'number', min: 1, max: 512, isOptional: true, placeholder: 'Automatic' },
        when: onNextLoad,
      },
      {
        key: 'testModelsWhenIdle',
        label: 'Test models when idle',
        effect: 'A loaded model is tested once while nobody asks for anything: what it can do, and how fast.',
        control: { kind: 'switch' },
      },
      {
        key: 'modelTestSeconds',
        label: 'Longest test of a model, in seconds',
        effect: 'What was not reached by then counts as not measured.',
        control: { kind: 'number', min: 5, max: 3600, isOptional: false, placeholder: '60' },
      },
      {
        key: 'modelFolders',
        label: 'Model folders',
        effect: 'One folder per line, searched beside Impetus’ own. Files stay where they are.',
        control: { kind: 'lines', placeholder: '/path/to/models' },
        when: fromNextStart,
      },
    ],
  },
  {
    id: 'advanced',
    title: 'Advanced',
    rows: [
      {
        key: 'enginePlacement',
        label: 'Where engines run',
        effect: 'Isolated: a crash of an engine never ends the server. In the server: a little less memory.',
        control: {
          kind: 'choice',
          choices: [
            { value: 'auto', label: 'Automatic' },
            { value: 'child', label: 'Isolated' },
            { value: 'main', label: 'In the server' },
          ],
        },
        when: onNextLoad,
      },
      {
        key: 'gpu',
        label: 'Graphics processor',
        effect: 'Automatic takes the fastest that works here.',
        control: {
          kind: 'choice',
          choices: [
            { value: 'auto', label: 'Automatic' },
            { value: 'off', label: 'Off, processor only' },
            { value: 'metal', label: 'Metal' },
            { value: 'cuda', label: 'CUDA' },
            { value: 'vulkan', label: 'Vulkan' },
          ],
        },
        when: onNextLoad,
      },
      {
        key: 'keepStateOnDisk',
        label: 'Keep conversations warm on disk',
        effect: 'They go on at once after a restart. The files hold what was said, readable by this user only.',
        control: { kind: 'switch' },
        when: onNextLoad,
      },
      {
        key: 'stateOnDiskGigabytes',
        label: 'Most disk space for it, in GB',
        effect: 'What was used longest ago makes room.',
        control: {
          kind: 'number',
          min: 0,
          max: 100_000,
          isOptional: true,
          placeholder: '8, or a tenth of what is free',
        },
        when: onNextLoad,
      },
    ],
  },
];

/** True when the setting differs from its default. */
export function isChanged(settings: Settings, key: SettingKey): boolean {
  return JSON.stringify(settings[key]) !== JSON.stringify(defaultSettings[key]);
}

/** The default in the words of its control: `30 minutes`, `off`, `automatic`, `none`. */
export function toDefaultText({ key, control }: SettingRow): string {
  const value = defaultSettings[key];
  if (control.kind === 'switch') return value === true ? 'on' : 'off';
  if (control.kind === 'choice') {
    return control.choices.find((choice) => choice.value === value)?.label ?? String(value);
  }
  if (value === null) return control.kind === 'model' ? 'none' : 'automatic';
  return Array.isArray(value) ? 'none' : String(value);
}

/** Rows of all sections whose words hold the text, under their section's name. */
export function searchSettings(sections: readonly SettingSection[], text: string): SettingSection[] {
  const wanted = text.trim().toLowerCase();
  return sections
    .map((section) => ({
      ...section,
      rows: section.rows.filter((row) =>
        `${row.label} ${row.effect} ${row.key} ${section.title}`.toLowerCase().includes(wanted),
      ),
    }))
    .filter((section) => section.rows.length > 0);
}
