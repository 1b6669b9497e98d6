// Text in lines of a given width.

/** Breaks at spaces, and within words only where one is longer than a line. Never empty. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (Array.from(joined).length <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const characters = Array.from(word);
    while (characters.length > width) lines.push(characters.splice(0, width).join(''));
    line = characters.join('');
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** A paragraph, its lines after the first indented. Ends with a newline. */
export function wrapParagraph(text: string, width: number, indent = 0): string {
  const [first = '', ...rest] = wrapText(text, width - indent);
  return [first, ...rest.map((line) => ' '.repeat(indent) + line)].map((line) => `${line}\n`).join('');
}
