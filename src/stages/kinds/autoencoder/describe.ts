// The first stage: latent-diffusion's autoencoder, trained on the images or loaded from a checkpoint.
import type { AutoencoderConfig } from '../../../models/autoencoder/autoencoder-config.ts';
import { describeStage, optional } from '../../describing/description.ts';
import { flopOf, loaded, passesOfTraining, sum, trained } from '../../describing/estimate.ts';
import { checkpointIdentity, withoutPace } from '../../describing/identity.ts';
import type { AutoencoderTrainingParams, CheckpointParams } from '../../params.ts';
import type { TrainedSummary } from '../../training/summary.ts';
import { dataset } from '../dataset/describe.ts';

/** Exactly one of `train` and `checkpoint` is there. */
export interface AutoencoderParams {
  readonly network: AutoencoderConfig;
  readonly checkpoint?: CheckpointParams;
  readonly train?: AutoencoderTrainingParams;
}

/** What is told of reconstructions is there where the stage was given images: where it trained. */
export interface AutoencoderSummary extends TrainedSummary {
  /** Mean absolute error of reconstructions, pixels in [-1, 1]. */
  readonly reconstructionError?: number;
  /** PNG with rows of originals and their reconstructions. */
  readonly grid?: string;
}

export const autoencoder = describeStage<AutoencoderParams, AutoencoderSummary>()({
  kind: 'autoencoder',
  version: 1,
  scope: 'shared',
  makes: 'autoencoder',
  seedStream: 'stage/autoencoder',
  batchSizeKey: 'autoencoder.train.batchSize',
  inputs: { dataset: optional(dataset) },
  identity: ({ network, train, checkpoint }, digests) => ({
    network,
    train: train && withoutPace(ownRegularisation(train, network)),
    checkpoint: checkpoint && checkpointIdentity(checkpoint, digests),
  }),
  estimate({ network, train }, { costs }) {
    const [encoder, decoder] = [costs.encoder(network), costs.decoder(network)];
    const cost = { ...sum(encoder, decoder), params: encoder.params };
    return train === undefined ? loaded(cost) : trained(cost, passesOfTraining * flopOf(cost), train, 0, 0);
  },
  summary: ['source', 'params', 'steps', 'curve', 'seconds'],
});

/** The training settings with the one regularisation that the autoencoder's kind has. */
function ownRegularisation(
  { klWeight, codebookWeight, ...training }: AutoencoderTrainingParams,
  { codes }: AutoencoderConfig,
): object {
  return { ...training, ...(codes === undefined ? { klWeight } : { codebookWeight }) };
}
