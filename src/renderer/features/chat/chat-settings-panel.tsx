import { useEffect, useState, type JSX, type ReactNode } from 'react';
import { defaultSampling } from '#shared/domain/generation.ts';
import { IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import type { ChatSettings } from './chat-state.ts';
import { parseOptionalNumber } from './parse-optional-number.ts';

interface ChatSettingsPanelProps {
  settings: ChatSettings;
  change: (settings: Partial<ChatSettings>) => void;
  close: () => void;
}

/** What shapes the answers of this conversation; changed values are marked and can be reset. */
export function ChatSettingsPanel({ settings, change, close }: ChatSettingsPanelProps): JSX.Element {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && window.innerWidth < 900) close();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [close]);

  return (
    <aside className="inspector" aria-label="Parameters" data-region="" tabIndex={-1}>
      <div className="row">
        <h2 className="grow">Parameters</h2>
        <IconButton icon="close" label="Close parameters" size="small" onClick={close} />
      </div>
      <Parameter
        name="System prompt"
        effect="Stands before every turn of this conversation."
        isChanged={settings.systemPrompt !== ''}
        reset={() => change({ systemPrompt: '' })}
      >
        <textarea
          className="system-prompt"
          rows={5}
          aria-label="System prompt"
          placeholder="None"
          value={settings.systemPrompt}
          onChange={(event) => change({ systemPrompt: event.target.value })}
        />
      </Parameter>
      <NumberParameter
        name="Temperature"
        effect={`0 always takes the likeliest token. Empty: the model’s own, else ${defaultSampling.temperature}.`}
        placeholder="Model’s own"
        range={{ min: 0, max: 5 }}
        value={settings.temperature}
        change={(temperature) => change({ temperature })}
      />
      <NumberParameter
        name="Most tokens"
        effect="Where an answer is cut off. Empty: whatever the context still holds."
        placeholder="No limit"
        range={{ min: 1, max: 1_000_000, isWhole: true }}
        value={settings.maxTokens}
        change={(maxTokens) => change({ maxTokens })}
      />
    </aside>
  );
}

interface ParameterProps {
  name: string;
  effect: string;
  isChanged: boolean;
  reset: () => void;
  children: ReactNode;
}

function Parameter({ name, effect, isChanged, reset, children }: ParameterProps): JSX.Element {
  return (
    <div className="section">
      <div className="section-head">
        <h3>{name}</h3>
        {isChanged && (
          <button type="button" className="link-button small" aria-label={`Reset ${name}`} onClick={reset}>
            Reset
          </button>
        )}
      </div>
      {children}
      <p className="small secondary">{effect}</p>
    </div>
  );
}

interface NumberParameterProps {
  name: string;
  effect: string;
  placeholder: string;
  range: { min: number; max: number; isWhole?: boolean };
  value: number | undefined;
  change: (value: number | undefined) => void;
}

function NumberParameter({ name, effect, placeholder, range, value, change }: NumberParameterProps): JSX.Element {
  const [text, setText] = useState(value === undefined ? '' : String(value));
  const parsed = parseOptionalNumber(text, range);
  return (
    <Parameter
      name={name}
      effect={effect}
      isChanged={text !== ''}
      reset={() => {
        setText('');
        change(undefined);
      }}
    >
      <TextField
        label={name}
        inputMode="decimal"
        placeholder={placeholder}
        value={text}
        wrong={parsed.wrong}
        onChange={(event) => {
          setText(event.target.value);
          const next = parseOptionalNumber(event.target.value, range);
          if (next.wrong === undefined) change(next.value);
        }}
      />
    </Parameter>
  );
}
