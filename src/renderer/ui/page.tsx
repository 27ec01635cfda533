import type { JSX, ReactNode } from 'react';
import './page.css';

export interface PageProps {
  title: string;
  /** One quiet fact beside the title. */
  fact?: ReactNode;
  /** The heading is for screen readers only; `lead` stands in its place. */
  lead?: ReactNode;
  /** Filter, secondary, primary, in this order at the end of the toolbar. */
  tools?: ReactNode;
  children: ReactNode;
}

/** A page of the window: the toolbar with its heading, and the content below. */
export function Page({ title, fact, lead, tools, children }: PageProps): JSX.Element {
  return (
    <>
      <header className="toolbar" data-region="">
        <h1 tabIndex={-1} className={lead ? 'visually-hidden' : undefined}>
          {title}
        </h1>
        {lead}
        {fact && <span className="toolbar-fact tabular truncate">{fact}</span>}
        <span className="toolbar-tools">{tools}</span>
      </header>
      {children}
    </>
  );
}
