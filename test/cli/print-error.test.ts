import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit.ts';
import { wantsColor } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import { errorReport, printError, reportText } from '../../src/cli/print-error.ts';
import { InterruptedError, InvariantError, StageError, UserError } from '../../src/errors.ts';

const where = { file: 'a.yaml', line: 2, column: 3 };

describe('exit codes', () => {
  it.each<[unknown, number]>([
    [new UserError('usage', 'x'), 2],
    [new UserError('input', 'x'), 3],
    [new StageError('teacher', 'x'), 1],
    [new InterruptedError(), 130],
    [new InvariantError('x'), 70],
    [new TypeError('x'), 70],
    ['thrown text', 70],
  ])('%s: %d', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('reportText', () => {
  it('says what, where and what to do', () => {
    const error = new UserError('input', 'no such folder', { hint: 'make it', where });
    expect(reportText(errorReport(error), false)).toBe(
      'error: no such folder\n  at a.yaml:2:3\n  hint: make it',
    );
  });

  it('names the stage and the cause', () => {
    const error = new StageError('distill sd', 'the loss is not finite', { cause: new Error('step 7') });
    expect(reportText(errorReport(error), false)).toBe(
      'error: stage distill sd: the loss is not finite: step 7',
    );
  });

  it('shows the stack of bugs only', () => {
    const text = reportText(errorReport(new InvariantError('broken')), false);
    expect(text).toMatch(/^error: broken\n +at .*print-error\.test\.ts/);
    expect(text).toMatch(/\n {2}hint: this is a bug in sdx; please report it with the lines above$/);
    expect(reportText(errorReport(new InterruptedError()), false)).not.toContain('at ');
  });
});

it('prints one line of JSON on demand', () => {
  let stderr = '';
  const io = { stderr: { write: (text: string) => (stderr += text) }, color: true };
  expect(printError(new UserError('input', 'no such file', { where }), io, true)).toBe(3);
  expect(stderr).toBe(
    '{"error":"no such file","exitCode":3,"where":{"file":"a.yaml","line":2,"column":3}}\n',
  );
});

it('an operation aborted by a signal is an interruption', async () => {
  let stderr = '';
  const sink = { write: (text: string) => (stderr += text) };
  const stdout = {
    write: () => {
      throw new DOMException('stopped', 'AbortError');
    },
  };
  const io = { stdout, stderr: sink, isTty: false, color: false };
  expect(await main(['schema'], { ...io, signal: AbortSignal.abort() })).toBe(130);
  expect(stderr).toBe('error: interrupted; run the same command again to go on\n');
  expect(await main(['schema'], { ...io, signal: new AbortController().signal })).toBe(70);
});

it.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ TERM: 'dumb' }, true, false],
])('colour with %j on a terminal (%s): %s', (env, isTty, color) => {
  expect(wantsColor(env, isTty)).toBe(color);
});
