// What conditional models are told about each image: its class, or its caption as token ids.
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { loadParams } from '../artifacts/load-params.ts';
import { openNetworkWeights } from '../artifacts/diffusers-source.ts';
import { openPack, type PackIndex } from '../datasets/pack.ts';
import type { HostTensors } from '../engine/engine.ts';
import { UserError } from '../errors.ts';
import { clipTokenizer, parseMerges, vocabularyOf } from '../models/clip-bpe.ts';
import { clipTextSpec } from '../models/clip-text.ts';
import { conditionerPrefix } from '../models/conditioner.ts';
import { idsPerSample, unconditionalIds, type ConditionerConfig } from '../models/conditioner-config.ts';
import { wordTokens } from '../models/word-tokens.ts';
import type { ConditioningParams } from '../plan/stage-params.ts';
import { inputOf, type StageContext } from './stage.ts';

export interface Conditions {
  readonly network: ConditionerConfig;
  /** Ids of image `index` of the data set. */
  readonly ofImage: (index: number) => readonly number[];
  /** Ids for generated sample `index`: classes in turn, captions in the order of the data set. */
  readonly ofSample: (index: number) => readonly number[];
  /** Weights of an encoder that is not trained here, by the conditioner's names; empty for others. */
  readonly frozen: HostTensors;
}

/** Opens the conditions of a stage; undefined where models are unconditional. Throws UserError for data without them. */
export async function openConditions(
  context: Pick<StageContext<unknown>, 'inputs'>,
  params: ConditioningParams | undefined,
): Promise<Conditions | undefined> {
  if (params === undefined) return undefined;
  const { network, textEncoder } = params;
  const pack = await openPack(inputOf(context, 'dataset').dir);
  await pack.close();
  if (network.kind === 'class') {
    const { classes } = network;
    const labels = checkedClasses(pack, classes);
    return {
      network,
      ofImage: (index) => [labels[index]!],
      ofSample: (index) => [index % classes],
      frozen: {},
    };
  }
  const { captions } = pack;
  if (captions === undefined)
    throw new UserError('input', 'the data set has no captions, which conditioning.kind `text` needs', {
      hint: 'take a data set with captions, or conditioning.kind `class` or `none`',
    });
  const length = idsPerSample(network);
  const encode =
    textEncoder?.kind === 'clip'
      ? await openClipTokens(textEncoder.vocabulary, length)
      : (caption: string) => wordTokens(caption, length, network.encoder.vocabSize);
  const ids = (index: number) => encode(captions[index % captions.length]!);
  return {
    network,
    ofImage: ids,
    ofSample: ids,
    frozen: textEncoder?.kind === 'clip' ? await readClip(network, textEncoder.checkpoint) : {},
  };
}

/** What an engine is told of the ids of a batch. */
export function idsSpec({ network }: Conditions, batchSize: number) {
  return { shape: [batchSize, idsPerSample(network)], dtype: 'int32' as const };
}

/** Ids [indices.length, idsPerSample] int32, flat; where `drop` is set, those of "no condition". */
export function conditionIds(
  { network, ofImage }: Conditions,
  indices: readonly number[],
  drop: readonly boolean[],
): Int32Array {
  return Int32Array.from(
    indices.flatMap((index, slot) => (drop[slot] === true ? unconditionalIds(network) : ofImage(index))),
  );
}

function checkedClasses({ classNames, classes: labels }: PackIndex, classes: number): readonly number[] {
  const found = classNames?.length ?? 0;
  if (labels !== undefined && found === classes) return labels;
  throw new UserError(
    'input',
    labels === undefined
      ? 'the data set has no classes, which conditioning.kind `class` needs'
      : `the data set has ${found} classes, conditioning.classes says ${classes}`,
    {
      hint:
        labels === undefined
          ? 'sort the images into one folder a class'
          : `set conditioning.classes: ${found}`,
    },
  );
}

async function openClipTokens(file: string, length: number): Promise<(caption: string) => readonly number[]> {
  const bytes = await readFile(file);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  const tokenizer = clipTokenizer(vocabularyOf(parseMerges(text)));
  return (caption) => [...tokenizer.encodePadded(caption, length)];
}

async function readClip(
  network: Extract<ConditionerConfig, { kind: 'text' }>,
  {
    path,
    prefix,
    ema,
  }: { readonly path: string; readonly prefix?: string; readonly ema: 'prefer' | 'require' | 'never' },
): Promise<HostTensors> {
  const source = await openNetworkWeights(path, { kind: 'text', config: network.encoder }, prefix ?? '');
  try {
    const { params } = await loadParams(source, clipTextSpec(network.encoder), { prefix: prefix ?? '', ema });
    return Object.fromEntries(
      Object.entries(params).map(([name, tensor]) => [conditionerPrefix.text + name, tensor]),
    );
  } finally {
    await source.close();
  }
}
