import type { JSX, ReactNode } from 'react';
import type { AppError } from '#shared/errors/app-error.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';
import './banner.css';

export interface BannerProps {
  kind: 'note' | 'warning' | 'error';
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}

const icons = { note: 'info', warning: 'warning', error: 'error' } as const;

/** A title, a reason, at most two actions. Errors are announced at once, the rest politely. */
export function Banner({ kind, title, children, actions }: BannerProps): JSX.Element {
  return (
    <div className={`banner banner-${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <Icon name={icons[kind]} />
      <div className="banner-text">
        <div className="medium">{title}</div>
        {children}
      </div>
      {actions && <div className="banner-actions">{actions}</div>}
    </div>
  );
}

export interface ErrorBannerProps {
  error: AppError;
  /** At most one action beside dismissing. */
  action?: ReactNode;
  dismiss?: (() => void) | undefined;
}

/** An error as the catalogue words it: what happened, what to do next, its code. */
export function ErrorBanner({ error, action, dismiss }: ErrorBannerProps): JSX.Element {
  return (
    <Banner
      kind="error"
      title={error.message}
      actions={
        <>
          {action}
          {dismiss && <IconButton icon="close" label="Dismiss this error" size="small" onClick={dismiss} />}
        </>
      }
    >
      {error.hint && <p>{error.hint}</p>}
      <p className="banner-code mono">{error.code}</p>
    </Banner>
  );
}
