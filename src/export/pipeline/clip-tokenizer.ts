// CLIP's tokenizer as transformers load it: the merges of the experiment's vocabulary file and the ids that they imply.
import path from 'node:path';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import type { ClipTextConfig } from '../../models/clip/clip-text-config.ts';
import { vocabularyOf } from '../../models/clip/clip-bpe.ts';
import { readClipMerges } from '../../stages/conditions/text-encoder.ts';
import { writeJson, type Component } from './component.ts';

const [start, end] = ['<|startoftext|>', '<|endoftext|>'];

/** `file`: the list of merges, packed or not. */
export function clipTokenizer(file: string, { positions }: ClipTextConfig): Component {
  return {
    name: 'tokenizer',
    library: 'transformers',
    className: 'CLIPTokenizer',
    async write(folder) {
      const { merges, ids } = vocabularyOf(await readClipMerges(file));
      await writeJson(path.join(folder, 'vocab.json'), Object.fromEntries(ids));
      const lines = ['#version: 0.2', ...merges.map((pair) => pair.join(' '))];
      await writeFileAtomic(path.join(folder, 'merges.txt'), `${lines.join('\n')}\n`);
      await writeJson(path.join(folder, 'tokenizer_config.json'), {
        tokenizer_class: 'CLIPTokenizer',
        model_max_length: positions,
        bos_token: start,
        eos_token: end,
        pad_token: end,
        unk_token: end,
      });
    },
  };
}
