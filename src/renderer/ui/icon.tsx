import type { JSX } from 'react';

/** Drawn for this product on a 16 px grid, 1.5 px stroke; filled means "now". */
const drawings = {
  activity: <path d="M1.8 8.5h2.7l2-5 3 9 2-4h2.7" />,
  chat: <path d="M2.5 3.5h11v7.5h-6L4.5 13.5V11h-2z" />,
  check: <path d="m3 8.5 3.3 3.3L13 4.8" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.6" />
      <path d="M10.5 5.5v-1a1.6 1.6 0 0 0-1.6-1.6H4.1a1.6 1.6 0 0 0-1.6 1.6v4.8a1.6 1.6 0 0 0 1.6 1.6h1.4" />
    </>
  ),
  down: <path d="M3.5 6 8 10.5 12.5 6" />,
  eject: <path d="M8 3 3.2 9h9.6zM3.2 12.4h9.6" />,
  error: (
    <>
      <path d="M5.5 2.2h5l3.3 3.3v5l-3.3 3.3h-5L2.2 10.5v-5z" />
      <path d="M8 5v3.6" />
      <circle className="icon-fill" cx="8" cy="10.8" r=".8" />
    </>
  ),
  file: <path d="M3.8 2.3h5l3.4 3.4v8H3.8zM8.8 2.3v3.4h3.4" />,
  gear: (
    <>
      <circle cx="8" cy="8" r="2.1" />
      <path d="M8 1.9v1.9M8 12.2v1.9M1.9 8h1.9M12.2 8h1.9M3.7 3.7 5 5M11 11l1.3 1.3M12.3 3.7 11 5M5 11l-1.3 1.3" />
    </>
  ),
  home: <path d="M2.5 7.5 8 2.8l5.5 4.7V13H9.8V9.5H6.2V13H2.5z" />,
  import: <path d="M8 10V2.8M4.8 6 8 2.8 11.2 6M3 9.5v3.7h10V9.5" />,
  info: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M8 7.4v3.6" />
      <circle className="icon-fill" cx="8" cy="5.1" r=".8" />
    </>
  ),
  library: <path d="M3 3v10M6 3v10M9.2 3.3l3.6 9.4" />,
  log: <path d="M2.8 4h10.4M2.8 8h7M2.8 12h9" />,
  menu: <path d="M2.5 4.2h11M2.5 8h11M2.5 11.8h11" />,
  minus: <path d="M3.5 8h9" />,
  more: (
    <g className="icon-fill">
      <circle cx="3.5" cy="8" r="1.2" />
      <circle cx="8" cy="8" r="1.2" />
      <circle cx="12.5" cy="8" r="1.2" />
    </g>
  ),
  panel: (
    <>
      <rect x="2.3" y="3" width="11.4" height="10" rx="1.6" />
      <path d="M10 3v10" />
    </>
  ),
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2" />,
  play: <path d="M5 3.2v9.6L12.6 8z" />,
  plus: <path d="M8 3v10M3 8h10" />,
  power: <path d="M8 2.3v5.4M4.6 4.3a5.2 5.2 0 1 0 6.8 0" />,
  retry: <path d="M13 8a5 5 0 1 1-1.6-3.7M13.2 2.3v2.6h-2.6" />,
  right: <path d="m6 3.5 4.5 4.5L6 12.5" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.3" />
      <path d="m10.2 10.2 3.3 3.3" />
    </>
  ),
  send: <path d="M8 13V3.4M3.8 7.4 8 3.2l4.2 4.2" />,
  stop: <rect className="icon-fill" x="4" y="4" width="8" height="8" rx="1.2" />,
  trash: <path d="M2.8 4.5h10.4M6.2 4.5V2.8h3.6v1.7M4 4.5l.7 8.7h6.6l.7-8.7" />,
  warning: (
    <>
      <path d="M8 2.4 14.2 13H1.8z" />
      <path d="M8 6.4v3" />
      <circle className="icon-fill" cx="8" cy="11.1" r=".8" />
    </>
  ),
  window: (
    <>
      <rect x="2.3" y="3" width="11.4" height="10" rx="1.6" />
      <path d="M2.3 6.2h11.4" />
    </>
  ),
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof drawings;

/** Decoration only: whatever it stands for is said in words beside it or in the label of its button. */
export function Icon({ name, size = 16 }: { name: IconName; size?: 12 | 16 | 20 }): JSX.Element {
  return (
    <svg className={`icon icon-${size}`} viewBox="0 0 16 16" aria-hidden="true">
      {drawings[name]}
    </svg>
  );
}
