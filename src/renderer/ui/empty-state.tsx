import type { JSX, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import './empty-state.css';

export interface EmptyStateProps {
  icon: IconName;
  title: string;
  /** The reason, one or two lines. */
  children?: ReactNode;
  /** One button, at most one link. */
  action?: ReactNode;
}

/** What a place says when there is nothing in it yet. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps): JSX.Element {
  return (
    <div className="empty-state">
      <Icon name={icon} size={20} />
      <h2>{title}</h2>
      {children}
      {action && <div className="empty-state-action">{action}</div>}
    </div>
  );
}

/** Rows that stand for content still being read; they show after 200 ms, never before. */
export function SkeletonRows({ count, label }: { count: number; label: string }): JSX.Element {
  return (
    <div className="skeleton" role="status" aria-busy="true" aria-label={label}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="skeleton-row">
          <i className="skeleton-glyph" />
          <div className="grow">
            <i className="skeleton-line" />
            <i className="skeleton-line skeleton-short" />
          </div>
        </div>
      ))}
    </div>
  );
}
