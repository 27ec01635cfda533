import type { ButtonHTMLAttributes, JSX, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import { StateGlyph } from './state-glyph.tsx';
import { Tooltip } from './tooltip.tsx';
import './button.css';

type NativeProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type' | 'disabled'>;

export interface ButtonProps extends NativeProps {
  kind?: 'plain' | 'primary' | 'quiet' | 'destructive';
  size?: 'medium' | 'small';
  icon?: IconName;
  /** Shown instead of the icon and the label while the action runs; clicks are ignored meanwhile. */
  working?: string | false | undefined;
  /** Why it cannot be used now; the button stays reachable and says so. */
  disabledReason?: string | undefined;
  submit?: boolean;
  children: ReactNode;
}

/** A labelled button: a verb first, and the object where it is not obvious. */
export function Button(props: ButtonProps): JSX.Element {
  const {
    kind = 'plain',
    size = 'medium',
    icon,
    working,
    disabledReason,
    submit,
    children,
    onClick,
    ...native
  } = props;
  const isBlocked = Boolean(working) || disabledReason !== undefined;
  const button = (
    <button
      {...native}
      type={submit ? 'submit' : 'button'}
      className={`button button-${kind} button-${size} ${native.className ?? ''}`}
      aria-disabled={isBlocked || undefined}
      onClick={isBlocked ? (event) => event.preventDefault() : onClick}
    >
      {working ? <StateGlyph phase="starting" /> : icon && <Icon name={icon} />}
      <span>{working || children}</span>
    </button>
  );
  return disabledReason === undefined ? button : <Tooltip text={disabledReason}>{button}</Tooltip>;
}

export interface IconButtonProps extends NativeProps {
  icon: IconName;
  /** Says the action and its object: "Unload Qwen3-8B, frees 7.7 GB". */
  label: string;
  size?: 'medium' | 'small';
}

/** An icon that acts. Its label is its accessible name and its tooltip. */
export function IconButton({ icon, label, size = 'medium', ...native }: IconButtonProps): JSX.Element {
  return (
    <Tooltip text={label}>
      <button {...native} type="button" className={`icon-button icon-button-${size}`} aria-label={label}>
        <Icon name={icon} />
      </button>
    </Tooltip>
  );
}
