// What strangers call their files does not reach the terminal as a command.
import { expect, it } from 'vitest';
import { reportText } from '../../src/cli/print-error.ts';
import { printable, printableLines } from '../../src/printable.ts';

it('spells out what moves a cursor, colours or turns text', () => {
  expect(printable('\u001b]0;owned\u0007\u001b[2J.png')).toBe('\\x1b]0;owned\\x07\\x1b[2J.png');
  expect(printable('a\nerror: b\r\u009b\u202egnp.x')).toBe('a\\x0aerror: b\\x0d\\x9b\\u202egnp.x');
  expect(printable('Zoë 顔 😀')).toBe('Zoë 顔 😀');
});

it("keeps a message's own lines", () => {
  expect(printableLines('two:\n\tone\u001b[31m')).toBe('two:\n\tone\\x1b[31m');
});

it('is what errors go through', () => {
  const text = reportText(
    { error: 'bad \u001b[2J', exitCode: 3, where: { file: 'x\n\u0007' }, hint: 'remove \u001b]0;' },
    false,
  );
  expect(text).toBe('error: bad \\x1b[2J\n  at x\\x0a\\x07\n  hint: remove \\x1b]0;');
});
