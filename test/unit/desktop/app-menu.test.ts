import { expect, test } from 'vitest';
import { appMenu } from '#main/desktop/app-menu.ts';

const menu = (platform: NodeJS.Platform, isDevelopment = false, log: string[] = []) =>
  appMenu({ platform, isDevelopment, openPage: (page) => log.push(page), quit: () => log.push('quit') });

const rows = (platform: NodeJS.Platform, label: string, isDevelopment = false) => {
  const top = menu(platform, isDevelopment).find((item) => item.label === label);
  return (top?.submenu as { role?: string; label?: string; accelerator?: string }[]).map(
    (item) => item.role ?? [item.label, item.accelerator].filter(Boolean).join(' '),
  );
};

test('the Edit menu has the roles that copy and paste need on macOS', () => {
  expect(rows('darwin', 'Edit')).toEqual(['undo', 'redo', '', 'cut', 'copy', 'paste', 'selectAll']);
});

test('the app menu follows the platform', () => {
  expect(rows('darwin', 'Impetus')).toEqual([
    'about',
    '',
    'Settings… CmdOrCtrl+,',
    '',
    'hide',
    'hideOthers',
    '',
    'Quit Impetus CmdOrCtrl+Q',
  ]);
  expect(rows('linux', 'Impetus')).toEqual(['Settings… CmdOrCtrl+,', '', 'Quit Impetus CmdOrCtrl+Q']);
});

test('developer tools are there in development only', () => {
  expect(rows('linux', 'View')).not.toContain('toggleDevTools');
  expect(rows('linux', 'View', true)).toContain('toggleDevTools');
});

test('quitting goes through the app, never through a role that skips the question', () => {
  const log: string[] = [];
  const [first] = menu('darwin', false, log);
  const quit = (first?.submenu as { label?: string; click?: () => void }[]).find(
    ({ label }) => label === 'Quit Impetus',
  );
  quit?.click?.();
  expect(log).toEqual(['quit']);
  expect(JSON.stringify(menu('darwin'))).not.toContain('"role":"quit"');
});
