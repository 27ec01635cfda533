import { useState, type JSX } from 'react';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import type { SettingControl } from './setting-rows.ts';

interface TextControlProps {
  label: string;
  value: string | number | null;
  /** Absent for plain text. */
  control?: Extract<SettingControl, { kind: 'number' }>;
  /** False when the value does not fit. */
  set: (value: unknown) => boolean;
}

/** Takes effect when the field is left or Enter is pressed, and says at once what is wrong. */
export function TextControl({ label, value, control, set }: TextControlProps): JSX.Element {
  const initial = value === null ? '' : String(value);
  const [text, setText] = useState(initial);
  const [wrong, setWrong] = useState<string>();

  function commit(): void {
    if (text.trim() === initial) {
      setWrong(undefined);
      return;
    }
    setWrong(set(parse(text, control)) ? undefined : explain(control));
  }

  return (
    <TextField
      label={label}
      value={text}
      wrong={wrong}
      inputMode={control ? 'numeric' : 'text'}
      placeholder={control?.placeholder}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}

function parse(text: string, control: TextControlProps['control']): unknown {
  const trimmed = text.trim();
  if (!control) return trimmed;
  if (trimmed === '') return control.isOptional ? null : undefined;
  const value = Number(trimmed.replace(/[\s,]/g, ''));
  return value >= control.min && value <= control.max ? value : Number.NaN;
}

function explain(control: TextControlProps['control']): string {
  if (!control) return 'This may not be empty.';
  return `Use a whole number from ${control.min} to ${control.max.toLocaleString('en-GB')}.`;
}

interface LinesControlProps {
  label: string;
  lines: readonly string[];
  placeholder: string;
  set: (value: unknown) => boolean;
}

/** A list, one entry per line; saved by its button, so that half a line never acts. */
export function LinesControl({ label, lines, placeholder, set }: LinesControlProps): JSX.Element {
  const saved = lines.join('\n');
  const [text, setText] = useState(saved);
  return (
    <div className="lines-control">
      <textarea
        rows={Math.min(6, Math.max(2, lines.length + 1))}
        aria-label={label}
        placeholder={placeholder}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {text !== saved && (
        <Button
          size="small"
          onClick={() =>
            set(
              text
                .split('\n')
                .map((line) => line.trim())
                .filter((line) => line !== ''),
            )
          }
        >
          Apply
        </Button>
      )}
    </div>
  );
}
