import { describe, expect, test } from 'vitest';
import { findMethods, findNearestPath, normaliseTarget, type RouteRow } from '#main/api/route-table.ts';

const row = (method: 'GET' | 'POST', path: string): RouteRow => ({
  method,
  path,
  access: 'open',
  handler: () => undefined,
});
const rows = [row('GET', '/v1/models'), row('GET', '/v1/models/*'), row('POST', '/v1/chat/completions')];

describe('normaliseTarget', () => {
  test.each([
    ['/v1/models', '/v1/models'],
    ['//v1///models', '/v1/models'],
    ['/v1/models/', '/v1/models'],
    ['/v1/models/?a=//b/', '/v1/models?a=//b/'],
    ['/v1/models/a%2F%2Fb', '/v1/models/a%2F%2Fb'],
    ['/', '/'],
    ['//', '/'],
    ['/?x=1', '/?x=1'],
  ])('%s becomes %s', (target, clean) => {
    expect(normaliseTarget(target)).toBe(clean);
  });
});

test('a known path answers with its methods, an unknown one with none', () => {
  expect(findMethods(rows, '/v1/models')).toEqual(['GET', 'HEAD', 'OPTIONS']);
  expect(findMethods(rows, '/v1/models/a/b')).toEqual(['GET', 'HEAD', 'OPTIONS']);
  expect(findMethods(rows, '/v1/chat/completions')).toEqual(['POST', 'OPTIONS']);
  expect(findMethods(rows, '/v1/chat')).toEqual([]);
});

test('the nearest path is named only when it is near', () => {
  expect(findNearestPath(rows, '/v1/chat/completion')).toBe('/v1/chat/completions');
  expect(findNearestPath(rows, '/v1/model')).toBe('/v1/models');
  expect(findNearestPath(rows, '/V1/Chat/Completions')).toBe('/v1/chat/completions');
  expect(findNearestPath(rows, '/wp-admin/setup.php')).toBeUndefined();
});
