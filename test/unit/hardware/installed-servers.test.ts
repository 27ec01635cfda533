import { expect, test } from 'vitest';
import { findInstalledServers } from '#main/hardware/index.ts';

const find = (platform: NodeJS.Platform, files: string[], environment: Record<string, string> = {}) => {
  const userHome = platform === 'win32' ? 'C:\\Users\\ann' : '/home/ann';
  const exists = (file: string) => files.includes(file);
  return [...findInstalledServers({ platform, environment, userHome, exists })].sort();
};

test.each<[NodeJS.Platform, string, string[], Record<string, string>?]>([
  ['linux', '/usr/local/bin/ollama', ['ollama']],
  ['linux', '/opt/tools/ollama', ['ollama'], { PATH: '/usr/sbin:/opt/tools' }],
  ['linux', '/home/ann/.lmstudio', ['lm-studio']],
  ['linux', '/home/ann/.cache/lm-studio', ['lm-studio']],
  ['darwin', '/Applications/Ollama.app', ['ollama']],
  ['darwin', '/Applications/LM Studio.app', ['lm-studio']],
  ['win32', 'C:\\Local\\Programs\\Ollama\\ollama.exe', ['ollama'], { LOCALAPPDATA: 'C:\\Local' }],
  ['win32', 'D:\\bin\\ollama.exe', ['ollama'], { Path: 'C:\\x;D:\\bin' }],
  ['win32', 'C:\\Users\\ann\\.lmstudio', ['lm-studio']],
  ['linux', '/home/ann/ollama', []],
])('on %s, %s means %j', (platform, file, expected, environment) => {
  expect(find(platform, [file], environment)).toEqual(expected);
});

test('both, and none', () => {
  expect(find('linux', ['/usr/bin/ollama', '/home/ann/.lmstudio'])).toEqual(['lm-studio', 'ollama']);
  expect(find('linux', [], { PATH: '' })).toEqual([]);
});
