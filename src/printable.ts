// Text from files, archives and data sets on its way to a terminal: what would move the cursor, change colours or turn
// the direction of reading is spelled out. Names, captions, classes and reasons of decoders come from strangers.

const newLineAndTab = /[\n\t]/;
/** Control characters of ASCII and Latin-1, separators of lines and paragraphs, and marks of direction. */
const controls = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/** A name or caption in one line: every control character is spelled out, `\n` too. */
export function printable(text: string): string {
  return text.replace(controls, spelled);
}

/** A message, whose own line breaks and tabs stay; all other control characters are spelled out. */
export function printableLines(text: string): string {
  return text.replace(controls, (control) => (newLineAndTab.test(control) ? control : spelled(control)));
}

function spelled(control: string): string {
  const code = control.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}
