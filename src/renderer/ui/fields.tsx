import { useId, type InputHTMLAttributes, type JSX, type ReactNode } from 'react';
import { Icon } from './icon.tsx';
import './fields.css';

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'className'>;

export interface TextFieldProps extends InputProps {
  label: string;
  /** What is wrong with the value, as a sentence. */
  wrong?: string | undefined;
}

/** One line of text. A wrong value is outlined and explained below, announced when the field is left. */
export function TextField({ label, wrong, ...input }: TextFieldProps): JSX.Element {
  const errorId = useId();
  return (
    <span className="text-field">
      <span className={`field${wrong ? ' is-wrong' : ''}`}>
        <input
          type="text"
          autoComplete="off"
          spellCheck={false}
          {...input}
          aria-label={label}
          aria-invalid={wrong !== undefined || undefined}
          aria-errormessage={wrong === undefined ? undefined : errorId}
        />
      </span>
      <span id={errorId} className="field-wrong" aria-live="polite">
        {wrong && (
          <>
            <Icon name="error" size={12} /> {wrong}
          </>
        )}
      </span>
    </span>
  );
}

/** Filters what the page shows; Mod F goes here. */
export function SearchField({ label, ...input }: { label: string } & InputProps): JSX.Element {
  return (
    <label className="field search-field">
      <Icon name="search" />
      <input
        type="search"
        autoComplete="off"
        spellCheck={false}
        placeholder={label}
        {...input}
        aria-label={label}
        data-page-search=""
      />
    </label>
  );
}

/** On or off, at once. */
export function Switch(props: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }): JSX.Element {
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={props.isOn}
      aria-label={props.label}
      onClick={() => props.onChange(!props.isOn)}
    />
  );
}

export interface Choice<Value extends string> {
  value: Value;
  label: string;
}

export interface ChoiceProps<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}

/** Two to four choices side by side. */
export function Segments<Value extends string>(props: ChoiceProps<Value>): JSX.Element {
  const name = useId();
  return (
    <div className="segments" role="radiogroup" aria-label={props.label}>
      {props.choices.map((choice) => (
        <label key={choice.value}>
          <input
            type="radio"
            name={name}
            checked={choice.value === props.value}
            onChange={() => props.onChange(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </div>
  );
}

/** More choices than segments hold, by the system's own menu. `lead` stands before the text. */
export function Select<Value extends string>(props: ChoiceProps<Value> & { lead?: ReactNode }): JSX.Element {
  return (
    <span className="select">
      {props.lead}
      <select
        aria-label={props.label}
        value={props.value}
        onChange={(event) => {
          const chosen = props.choices.find((choice) => choice.value === event.target.value);
          if (chosen) props.onChange(chosen.value);
        }}
      >
        {props.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <Icon name="down" size={12} />
    </span>
  );
}
