import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openHeartbeat } from '../../../../src/cli/progress/heartbeat.ts';

let dir: string;
let fd: number;
const drawn = (): string => readFileSync(path.join(dir, 'terminal'), 'utf8');

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sdx-heartbeat-'));
  fd = openSync(path.join(dir, 'terminal'), 'a');
});
afterEach(() => {
  closeSync(fd);
  rmSync(dir, { recursive: true, force: true });
});

/** Computes, as far as timers of this thread can tell. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('beats while this thread computes, and not after it was stopped', async () => {
  const heartbeat = openHeartbeat(fd);
  heartbeat.start();
  // The thread is there.
  await vi.waitFor(
    () => {
      expect(drawn()).toMatch(/^\r[|/\\-]/);
    },
    { timeout: 5000 },
  );
  const before = drawn().length;
  block(1500);
  expect(drawn().length).toBeGreaterThan(before);
  heartbeat.stop();
  const after = drawn();
  block(600);
  expect(drawn()).toBe(after);
});
