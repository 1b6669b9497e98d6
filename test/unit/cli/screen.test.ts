import { expect, it } from 'vitest';
import { screenOf } from '../../../src/cli/io.ts';

it.each([
  [{ isTTY: true, columns: 132 }, {}, { width: 132, color: true }],
  [{ isTTY: true, columns: 10 }, {}, { width: 40, color: true }],
  [{ isTTY: true, columns: 0 }, {}, { width: 80, color: true }],
  [{ isTTY: true, columns: 100 }, { NO_COLOR: '1' }, { width: 100, color: false }],
  [{}, {}, { width: Infinity, color: false }],
  [{}, { FORCE_COLOR: '1' }, { width: Infinity, color: true }],
])('stdout %j with %j shows %j', (stdout, env, screen) => {
  expect(screenOf(stdout, env)).toEqual(screen);
});
