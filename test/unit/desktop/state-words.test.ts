import { describe, expect, test } from 'vitest';
import { formatBytes, stateLine, toGlyph, tooltip, type SeenServer } from '#main/desktop/state-words.ts';
import { busyServer, readyServer } from './states.ts';

describe('the words for a state', () => {
  test.each<[SeenServer, string, string, string]>([
    ['connecting', 'starting', 'Starting', 'Impetus: starting'],
    ['lost', 'problem', 'Impetus is not answering', 'Impetus: not answering'],
    [readyServer, 'ready', 'Ready · http://127.0.0.1:11535', 'Impetus: ready, 127.0.0.1:11535'],
    [busyServer, 'busy', 'Busy · http://127.0.0.1:11535', 'Impetus: busy, 2 requests, 127.0.0.1:11535'],
    [
      { ...busyServer, activeRequests: 1 },
      'busy',
      'Busy · http://127.0.0.1:11535',
      'Impetus: busy, 1 request, 127.0.0.1:11535',
    ],
    [
      { ...readyServer, phase: 'paused' },
      'paused',
      'Paused · http://127.0.0.1:11535',
      'Impetus: paused, 127.0.0.1:11535',
    ],
    [
      { ...readyServer, phase: 'problem', problem: 'The disk is full.' },
      'problem',
      'Problem: The disk is full.',
      'Impetus: The disk is full, 127.0.0.1:11535',
    ],
    [
      { ...readyServer, phase: 'stopping' },
      'starting',
      'Stopping · http://127.0.0.1:11535',
      'Impetus: stopping, 127.0.0.1:11535',
    ],
  ])('%#: glyph, first row and name', (server, glyph, line, name) => {
    expect([toGlyph(server), stateLine(server), tooltip(server)]).toEqual([glyph, line, name]);
  });

  test.each([
    [98_362_432, '98 MB'],
    [999_400_000, '999 MB'],
    [999_600_000, '1.0 GB'],
    [7_700_000_000, '7.7 GB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
