// JSON that carries its own checksum: the last member is the sha256 of the text without it. Any changed byte is found,
// also one that leaves valid JSON, such as another digit.
import { sha256OfText } from './checksum.ts';

const member = 'checksum';

/** What became of a sealed text: its value, or how the checksums differ (`expected` where one could be read). */
export type Unsealed =
  | { readonly value: Readonly<Record<string, unknown>> }
  | { readonly value?: never; readonly expected?: string; readonly found: string };

/** `value`, plain JSON, as text with its checksum. */
export function sealJson(value: object): string {
  return `${JSON.stringify({ ...value, [member]: sha256OfText(textOf(value)) }, null, 2)}\n`;
}

/** The value of a text that sealJson wrote; every byte has to be as it was written. */
export function unsealJson(text: string): Unsealed {
  const sealed = parse(text);
  const expected = sealed?.[member];
  if (sealed === undefined || typeof expected !== 'string') return { found: sha256OfText(text) };
  const value = Object.fromEntries(Object.entries(sealed).filter(([name]) => name !== member));
  if (sealJson(value) === text) return { value };
  const found = sha256OfText(textOf(value));
  return { expected, found: found === expected ? sha256OfText(text) : found };
}

function textOf(value: object): string {
  return JSON.stringify(value, null, 2);
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
