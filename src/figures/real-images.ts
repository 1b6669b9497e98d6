// The real images that an experiment's models are judged by, as figures show them.
import type { ImagePack } from '../datasets/pack.ts';
import { InvariantError } from '../errors.ts';
import { nodesOf } from '../plan/plan.ts';
import { openReferenceImages } from '../stages/features/reference-images.ts';
import { dataset } from '../stages/kinds/dataset/describe.ts';
import { reference } from '../stages/kinds/reference/describe.ts';
import type { Measured } from './figure-spec.ts';

/** To be closed. The figure reads stages of the kind `dataset`. */
export async function openRealImages({ plan, published }: Measured): Promise<ImagePack> {
  const node = nodesOf(plan.nodes, reference).find(({ name }) => name === reference.kind);
  const source = plan.nodes.find(({ id }) => id === node?.inputs['dataset']);
  if (node === undefined || source === undefined) throw new InvariantError('a plan without real images');
  return openReferenceImages(published(dataset, source.name).dir, node.params);
}
