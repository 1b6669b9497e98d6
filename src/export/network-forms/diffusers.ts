// Form `diffusers`: a network as a folder that from_pretrained takes; its embedder beside it, where it has one.
import path from 'node:path';
import { makeFolder } from '../../files/make-folder.ts';
import { classEmbedderFile } from '../../weights/diffusers/diffusers-source.ts';
import { writeDiffusers } from '../../weights/diffusers/diffusers-writer.ts';
import { streamSafetensors } from '../../weights/safetensors/stream.ts';
import type { NetworkWriter } from './export-network.ts';

export const diffusersWriter: NetworkWriter = async ({ components }, read, { output, scaleFactor }) => {
  const written: string[] = [];
  for (const { what, specs, diffusers } of components) {
    if (diffusers === undefined) {
      const file = path.join(output, classEmbedderFile);
      await makeFolder(output);
      await streamSafetensors(
        file,
        specs.map(({ name, shape }) => ({ name, shape, read: () => read(name) })),
      );
      written.push(file);
      continue;
    }
    const folder = what === 'text encoder' ? path.join(output, 'text_encoder') : output;
    await writeDiffusers(folder, diffusers, read, { scaleFactor });
    written.push(folder);
  }
  return written;
};
