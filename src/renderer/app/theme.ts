import { useEffect } from 'react';
import type { Settings } from '#shared/domain/settings.ts';

const darkQuery = '(prefers-color-scheme: dark)';

/** Sets the theme on the document; the tokens follow it. Returns a function that stops following the system. */
export function applyTheme(theme: Settings['theme']): () => void {
  const system = window.matchMedia(darkQuery);
  const set = (): void => {
    const isDark = theme === 'dark' || (theme === 'system' && system.matches);
    document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
  };
  set();
  system.addEventListener('change', set);
  return () => system.removeEventListener('change', set);
}

/** Keeps the document in the theme of the settings. */
export function useTheme(theme: Settings['theme'] | undefined): void {
  useEffect(() => applyTheme(theme ?? 'system'), [theme]);
}
