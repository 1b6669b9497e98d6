// Weights files of any form behind one reader: names, shapes, and tensors read one at a time, so that memory stays
// near the largest of them. The form is told by the first bytes, never by the file's name.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { openShardedWeights } from './safetensors/shards.ts';
import { openSafetensorsWeights } from './safetensors/safetensors-weights.ts';
import { openTorchLegacy } from './torch/torch-legacy.ts';
import { openTorchZip } from './torch/torch-zip.ts';
import { openWeightsFile } from './weights-file.ts';
import type { WeightsSource } from './weights.ts';

export type { WeightsSource } from './weights.ts';

/** A form of weights on disk: whether the first bytes are its own, and how it is opened. */
interface WeightsForm {
  readonly matches: (head: Buffer) => boolean;
  readonly open: (path: string) => Promise<WeightsSource>;
}

const forms: readonly WeightsForm[] = [
  // The opening brace of the header after eight bytes of its length, which is under 2^48.
  {
    matches: (head) => head.length > 8 && head[8] === 0x7b && head[7] === 0 && head[6] === 0,
    open: openSafetensorsWeights,
  },
  { matches: (head) => head.subarray(0, 4).equals(Buffer.from('PK\x03\x04')), open: openTorchZip },
  { matches: (head) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5, open: openTorchLegacy },
  { matches: (head) => /^\s*\{/.test(head.toString('latin1')), open: openShardedWeights },
];

/** Names that weights go by in a folder, the first found first. */
const folderNames = [
  'model.safetensors.index.json',
  'model.safetensors',
  'diffusion_pytorch_model.safetensors.index.json',
  'diffusion_pytorch_model.safetensors',
  'model.ckpt',
  'pytorch_model.bin',
  'diffusion_pytorch_model.bin',
] as const;

/**
 * Opens weights of any form: a safetensors file, an index of shards, a checkpoint of torch.save old or new, or a folder
 * with one of them under a customary name. Throws UserError('input') for what is missing, damaged or of no known form.
 */
export async function openWeights(target: string): Promise<WeightsSource> {
  const file = await weightsIn(target);
  const head = await readHead(file);
  const form = forms.find(({ matches }) => matches(head));
  if (form === undefined)
    throw new UserError(
      'input',
      `${file} is ${head.length === 0 ? 'empty' : 'no weights file that sdx knows'}`,
      {
        hint: 'known: safetensors (also in shards), and what torch.save writes (.ckpt, .pt, .pth, .bin)',
        where: { file },
      },
    );
  return form.open(file);
}

/** The file itself, or the one with a customary name in a folder. */
async function weightsIn(target: string): Promise<string> {
  const isFolder = await stat(target).then(
    (entry) => entry.isDirectory(),
    () => false, // opening it will say why
  );
  if (!isFolder) return target;
  const names = new Set(await readdir(target));
  const name = folderNames.find((known) => names.has(known));
  if (name !== undefined) return path.join(target, name);
  throw new UserError('input', `the folder ${target} holds no weights under a customary name`, {
    hint: `give the path of a file; in a folder these are looked for: ${folderNames.join(', ')}`,
    where: { file: target },
  });
}

async function readHead(target: string): Promise<Buffer> {
  const file = await openWeightsFile(target);
  try {
    return await file.read(0, Math.min(16, file.size));
  } finally {
    await file.close();
  }
}
