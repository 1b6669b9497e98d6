// Weights files of any form behind one reader: names, shapes, and tensors read one at a time, so that memory stays
// near the largest of them. The form is told by the first bytes, never by the file's name.
import { open, stat } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { openSafetensorsWeights } from './safetensors-weights.ts';
import type { WeightsSource } from './weights.ts';

/** A form of weights on disk: whether the first bytes are its own, and how it is opened. */
interface WeightsForm {
  readonly matches: (head: Uint8Array) => boolean;
  readonly open: (path: string) => Promise<WeightsSource>;
}

const forms: readonly WeightsForm[] = [{ matches: isSafetensors, open: openSafetensorsWeights }];

/** Opens weights of any form. Throws UserError('input') for files that are missing, damaged or of no known form. */
export async function openWeights(path: string): Promise<WeightsSource> {
  const head = await readHead(path);
  const form = forms.find(({ matches }) => matches(head));
  if (form === undefined)
    throw new UserError('input', `${path} is no weights file that sdx knows`, {
      hint: 'known: safetensors',
      where: { file: path },
    });
  return form.open(path);
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isDirectory()) return new Uint8Array();
    const file = await open(path, 'r');
    try {
      const head = new Uint8Array(16);
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new UserError('input', `cannot open the weights ${path}`, {
      hint: 'check the path and its permissions',
      where: { file: path },
      cause,
    });
  }
}

/** Eight bytes of header length, then the opening brace of the header. */
function isSafetensors(head: Uint8Array): boolean {
  return head.length > 8 && head[8] === 0x7b && head[7] === 0 && head[6] === 0;
}
