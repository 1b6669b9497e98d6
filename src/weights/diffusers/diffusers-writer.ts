// Writes a network as a folder that diffusers' and transformers' from_pretrained take: config.json and safetensors
// under their names, read from our weights tensor by tensor.
import path from 'node:path';
import { makeFolder } from '../../files/make-folder.ts';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { diffusersConfig, diffusersWeightsName } from './diffusers-config.ts';
import { splitPart } from './mapping.ts';
import { diffusersMappings, type DiffusersNetwork } from './names.ts';
import { streamSafetensors, type PendingTensor } from '../safetensors/stream.ts';

/**
 * Writes `network` into `folder`, which is made where it is missing; `read` gives our parameters by name. Throws
 * UserError('usage') before anything is written where diffusers cannot hold the network.
 */
export async function writeDiffusers(
  folder: string,
  network: DiffusersNetwork,
  read: (name: string) => Promise<Float32Array>,
  { scaleFactor }: { readonly scaleFactor?: number | undefined } = {},
): Promise<void> {
  const config = diffusersConfig(network, scaleFactor);
  const tensors = diffusersMappings(network).flatMap(({ name, parts, heads }) =>
    parts.map(({ names, shape }, i): PendingTensor => ({
      name: names[0],
      shape,
      read: async () => splitPart(await read(name), i, parts.length, heads),
    })),
  );
  await makeFolder(folder);
  await streamSafetensors(path.join(folder, diffusersWeightsName[network.kind]), tensors, { format: 'pt' });
  await writeFileAtomic(path.join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
