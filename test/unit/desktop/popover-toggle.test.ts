import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPopoverToggle } from '#main/desktop/popover-toggle.ts';

describe('the popover', () => {
  const calls: string[] = [];
  const toggle = () => createPopoverToggle({ show: () => calls.push('show'), hide: () => calls.push('hide') });

  beforeEach(() => {
    calls.length = 0;
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  test('opens and closes with the icon', () => {
    const popover = toggle();
    popover.clicked();
    popover.clicked();
    popover.clicked();
    expect(calls).toEqual(['show', 'hide', 'show']);
  });

  test('closes soon after it lost the focus', () => {
    const popover = toggle();
    popover.clicked();
    popover.blurred();
    expect(calls).toEqual(['show']);
    vi.advanceTimersByTime(100);
    expect(calls).toEqual(['show', 'hide']);
  });

  test('is closed, not opened again, by the click on the icon that takes its focus', () => {
    const popover = toggle();
    popover.clicked();
    popover.blurred();
    vi.advanceTimersByTime(40);
    popover.clicked();
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual(['show', 'hide']);
  });

  test('hides at once on Escape, and only once', () => {
    const popover = toggle();
    popover.hide();
    popover.clicked();
    popover.hide();
    popover.blurred();
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual(['show', 'hide']);
  });
});
