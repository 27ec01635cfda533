import { useCallback } from 'react';

/**
 * A ref that sets one custom property on its element, through the style object and not through an attribute: the
 * content security policy of the pages allows no inline styles.
 */
export function useStyleVariable(name: `--${string}`, value: string): (element: HTMLElement | null) => void {
  return useCallback((element) => element?.style.setProperty(name, value), [name, value]);
}
