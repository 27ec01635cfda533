export interface PopoverToggle {
  /** The tray icon was clicked. */
  clicked(): void;
  /** The popover lost the focus. */
  blurred(): void;
  /** Escape, or an action that ends with it. */
  hide(): void;
}

/** Long enough for a click on the icon to arrive after the blur that it causes. */
const blurDelayMs = 100;

/**
 * Open or closed. A click on the icon blurs the open popover first; hiding waits for a moment, so that the click closes
 * it instead of opening it again.
 */
export function createPopoverToggle(window: { show(): void; hide(): void }): PopoverToggle {
  let isOpen = false;
  let timer: NodeJS.Timeout | undefined;

  function hide(): void {
    clearTimeout(timer);
    if (!isOpen) return;
    isOpen = false;
    window.hide();
  }

  return {
    hide,
    clicked() {
      if (isOpen) return hide();
      isOpen = true;
      window.show();
    },
    blurred() {
      if (isOpen) timer = setTimeout(hide, blurDelayMs);
    },
  };
}
