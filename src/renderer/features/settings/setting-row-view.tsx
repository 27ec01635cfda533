import { useId, type JSX } from 'react';
import { defaultSettings, settingsPatchSchema, type Settings, type SettingsPatch } from '#shared/domain/settings.ts';
import { useSignal } from '../../control/use-signal.ts';
import { Segments, Select, Switch } from '../../ui/fields.tsx';
import { LinesControl, TextControl } from './text-controls.tsx';
import { isChanged, toDefaultText, type SettingRow } from './setting-rows.ts';
import { toModelName } from '#shared/domain/model-name.ts';

interface SettingRowViewProps {
  row: SettingRow;
  settings: Settings;
  change: (patch: SettingsPatch) => void;
}

/** Label, effect, control; when changed, what the default is and a way back to it. */
export function SettingRowView({ row, settings, change }: SettingRowViewProps): JSX.Element {
  const effectId = useId();
  const isWide = row.control.kind === 'lines';
  return (
    <div
      className={`setting-row${isWide ? ' is-wide' : ''}`}
      role="group"
      aria-label={row.label}
      aria-describedby={effectId}
      data-setting={row.key}
    >
      <div className="grow">
        <div className="medium">
          {row.label}
          {isChanged(settings, row.key) && (
            <span className="setting-changed">
              Changed · default is {toDefaultText(row)},{' '}
              <button
                type="button"
                className="link-button"
                aria-label={`Reset ${row.label}`}
                onClick={() => change({ [row.key]: defaultSettings[row.key] })}
              >
                reset
              </button>
            </span>
          )}
        </div>
        <div id={effectId} className="small tertiary">
          {row.effect} {row.when}
        </div>
      </div>
      <div className="setting-control">
        <Control row={row} settings={settings} change={change} />
      </div>
    </div>
  );
}

function Control({ row, settings, change }: SettingRowViewProps): JSX.Element {
  const { control, key, label } = row;
  const value = settings[key];
  /** Only what the schema of the settings takes is ever sent. */
  const set = (next: unknown): boolean => {
    const patch = settingsPatchSchema.safeParse({ [key]: next });
    if (patch.success) change(patch.data);
    return patch.success;
  };
  switch (control.kind) {
    case 'switch':
      return <Switch label={label} isOn={value === true} onChange={set} />;
    case 'choice': {
      const choices = control.choices.map((choice) => ({ value: String(choice.value), label: choice.label }));
      if (!choices.some((choice) => choice.value === String(value))) {
        choices.push({ value: String(value), label: String(value) });
      }
      const pick = (text: string): void => {
        set(control.choices.find((choice) => String(choice.value) === text)?.value);
      };
      const Choices = choices.length <= 3 ? Segments : Select;
      return <Choices label={label} choices={choices} value={String(value)} onChange={pick} />;
    }
    case 'number':
      return <TextControl key={String(value)} label={label} value={toText(value)} control={control} set={set} />;
    case 'text':
      return <TextControl key={String(value)} label={label} value={toText(value)} set={set} />;
    case 'lines':
      return (
        <LinesControl
          key={String(value)}
          label={label}
          lines={Array.isArray(value) ? value : []}
          placeholder={control.placeholder}
          set={set}
        />
      );
    case 'model':
      return <ModelControl label={label} value={typeof value === 'string' ? value : null} set={set} />;
  }
}

function toText(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function ModelControl(props: { label: string; value: string | null; set: (value: unknown) => boolean }): JSX.Element {
  const models = useSignal('models.changed') ?? [];
  const choices = [
    { value: '', label: 'None' },
    ...models.map((model) => ({ value: model.id, label: `${toModelName(model)} ${model.facts.quantization}` })),
  ];
  if (props.value !== null && !models.some((model) => model.id === props.value)) {
    choices.push({ value: props.value, label: `${props.value} (not in the library)` });
  }
  return (
    <Select
      label={props.label}
      choices={choices}
      value={props.value ?? ''}
      onChange={(id) => props.set(id === '' ? null : id)}
    />
  );
}
