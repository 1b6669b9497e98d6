// Which channels go together in a UNet, beside torch-pruning on diffusers' UNet2DModel, which finds it on PyTorch's own graph.
// Needs Python with torch-pruning, diffusers and torch: SDX_PYTHON names the interpreter, SDX_REQUIRE_PEERS=1 makes their
// absence fail.
import { execa } from 'execa';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { unetCouplings } from '../../src/pruning/prune-unet.ts';
import { unetMappings } from '../../src/weights/diffusers/unet-names.ts';
import { smallUnet } from '../support/networks/diffusers-cases.ts';
import { python, whyNoPeers } from './python-peers.ts';

const missing = await whyNoPeers(['torch', 'torch_pruning', 'diffusers']);
const title =
  missing === undefined ? 'beside torch-pruning' : `skipped, ${python} has no torch-pruning and diffusers`;

/** smallUnet in the words of diffusers. */
const settings = {
  in_channels: smallUnet.inChannels,
  out_channels: smallUnet.outChannels,
  sample_size: smallUnet.imageSize,
  block_out_channels: smallUnet.channelMult.map((mult) => mult * smallUnet.modelChannels),
  layers_per_block: smallUnet.numResBlocks,
  down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D'],
  up_block_types: ['AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
  attention_head_dim: smallUnet.numHeadChannels,
};

type Place = readonly [parameter: string, axis: number, index: number];

/** The places of every unit, in the names of diffusers. */
function ours(): Map<string, readonly Place[]> {
  const { units } = unetCouplings(smallUnet);
  const mappings = new Map(unetMappings(smallUnet).map((mapping) => [mapping.name, mapping]));
  const members = new Map<number, Place[]>();
  for (const [name, axes] of units)
    for (const [axis, labels] of axes.entries())
      for (const [index, unit] of labels.entries()) {
        const { parts, heads } = mappings.get(name)!;
        const places = members.get(unit) ?? [];
        members.set(unit, places);
        if (parts.length === 1 || axis === 1)
          for (const part of parts) places.push([part.names[0], axis, index]);
        else {
          // Rows of q, k and v: ours has those of a head together.
          const width = labels.length / 3 / heads!;
          const [head, part, row] = [
            Math.floor(index / (3 * width)),
            Math.floor(index / width) % 3,
            index % width,
          ];
          places.push([parts[part]!.names[0], axis, head * width + row]);
        }
      }
  return new Map([...members.values()].flatMap((places) => places.map((place) => [place.join(), places])));
}

const sorted = (places: readonly Place[]): string[] => places.map((place) => place.join()).sort();
/** Rows of q, k and v: torch-pruning takes those of all three out together, where only q and k need it. */
const isProjection = ([name, axis]: Place): boolean => /to_[qkv]\./.test(name) && axis === 0;

describe.skipIf(missing !== undefined)(title, () => {
  let theirs: { readonly asked: Place; readonly members: readonly Place[] }[];
  beforeAll(async () => {
    const script = path.join(import.meta.dirname, 'pruning_peer.py');
    const { stdout } = await execa(python, [script, JSON.stringify(settings)]);
    theirs = stdout.split('\n').map((line) => JSON.parse(line) as (typeof theirs)[0]);
  }, 300_000);

  it('the same channels go with every channel that is asked for', () => {
    const found = ours();
    const compared = theirs.filter(({ asked }) => !isProjection(asked) && asked[0] !== 'conv_out.weight');
    expect(compared.length).toBeGreaterThan(150);
    for (const { asked, members } of compared)
      expect(sorted(found.get(asked.join())!), asked.join()).toEqual(sorted(members));
  });

  it('q goes with k, and v with what follows it', () => {
    const found = ours();
    const projections = theirs.filter(({ asked }) => isProjection(asked));
    for (const { asked, members } of projections) {
      const mine = sorted(found.get(asked.join())!);
      expect(sorted(members), asked.join()).toEqual(expect.arrayContaining(mine));
      const isValue = asked[0].includes('to_v');
      expect(mine.some((place) => place.includes('to_out.0.weight,1'))).toBe(isValue);
      expect(mine.some((place) => place.includes('to_k.weight,0'))).toBe(!isValue);
    }
  });
});
