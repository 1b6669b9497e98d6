// What conditional models are told about each image: its class, or its caption. Where the encoder is trained with the
// model, graphs are given ids; where it is frozen, they are given the contexts that it makes of them.
import { openPack, type PackIndex } from '../../datasets/pack.ts';
import type { Part } from '../../datasets/parts.ts';
import type { HostTensors } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';
import {
  idsPerSample,
  unconditionalIds,
  type ConditionerConfig,
} from '../../models/conditioner/conditioner-config.ts';
import { wordTokens } from '../../models/conditioner/word-tokens.ts';
import { captionsKept } from '../describing/estimate.ts';
import type { ConditioningParams } from '../params.ts';
import { given, type Artifact, type CommonContext } from '../stage.ts';
import { conditionSpecs } from './condition-inputs.ts';
import { promptSet } from './prompt-set.ts';
import {
  openClipTokens,
  openTextEncoder,
  readClip,
  type TextEncoder,
  type TokenIds,
} from './text-encoder.ts';

export interface Conditions {
  readonly network: ConditionerConfig;
  /** What is told of image `index` of the part. */
  readonly ofImage: (index: number) => TokenIds;
  /** What is told of generated sample `index`: classes in turn, captions as drawn or in the order of the part. */
  readonly ofSample: (index: number) => TokenIds;
  /** "No condition". */
  readonly nothing: TokenIds;
  /** Present where the encoder is not trained here. */
  readonly encoder?: TextEncoder;
  readonly close: () => Promise<void>;
}

type Context = Pick<CommonContext, 'engine'> & {
  /** The data set that conditions belong to; given where the model is conditional. */
  readonly inputs: { readonly dataset?: Artifact };
};

/**
 * Opens conditions for training, where the same captions come again and again: what a frozen encoder makes of them is
 * kept in the work folder. Throws as `openConditions` does.
 */
export async function withConditions<T>(
  context: Context & Pick<CommonContext, 'workDir'>,
  params: ConditioningParams | undefined,
  part: Part,
  use: (conditions: Conditions | undefined) => Promise<T>,
): Promise<T> {
  const conditions = await openConditions(context, params, part, { cacheFolder: context.workDir });
  try {
    return await use(conditions);
  } finally {
    await conditions?.close();
  }
}

export interface ConditionsOptions {
  /** Folder for encoded captions, which are not kept where it is absent. */
  readonly cacheFolder?: string;
  /** Captions of samples are drawn so; in the order of the part if absent. */
  readonly prompts?: { readonly count: number; readonly seed: number };
  /** Captions of samples, in turn, instead of those of the images. */
  readonly captions?: readonly string[];
  /** Classes of samples, in turn, by name or number, instead of all classes in turn. */
  readonly classes?: readonly string[];
}

/**
 * Opens the conditions of a stage on a part of the images; undefined where models are unconditional. Throws UserError for
 * data without conditions, or with too few captions to draw from, and for classes that there are not.
 */
export async function openConditions(
  context: Context,
  params: ConditioningParams | undefined,
  part: Part,
  { cacheFolder, prompts, captions: asked, classes: wanted }: ConditionsOptions = {},
): Promise<Conditions | undefined> {
  if (params === undefined) return undefined;
  const { network, textEncoder } = params;
  const pack = await openPack(given(context.inputs.dataset, 'dataset').dir, part);
  await pack.close();
  const nothing = { ids: unconditionalIds(network) };
  const close = (): Promise<void> => Promise.resolve();
  if (network.kind === 'class') {
    const { classes } = network;
    const labels = checkedClasses(pack, classes);
    const chosen = wanted?.map((word) => classOf(word, pack.classNames!));
    return {
      network,
      ofImage: (index) => ({ ids: [labels[index]!] }),
      ofSample: (index) => ({ ids: [chosen ? chosen[index % chosen.length]! : index % classes] }),
      nothing,
      close,
    };
  }
  const { captions } = pack;
  if (captions === undefined)
    throw new UserError('input', 'the data set has no captions, which conditioning.kind `text` needs', {
      hint: 'take a data set with captions, or conditioning.kind `class` or `none`',
    });
  const captionOf = (index: number): string => captions[index % captions.length]!;
  const drawn = prompts && promptSet(pack.captionSets ?? captions.map((caption) => [caption]), prompts);
  const promptOf = (index: number): string =>
    asked ? asked[index % asked.length]! : drawn ? drawn[index]!.caption : captionOf(index);
  const length = idsPerSample(network);
  if (textEncoder?.kind !== 'clip') {
    const told = (caption: string): TokenIds => ({
      ids: wordTokens(caption, length, network.encoder.vocabSize),
    });
    return {
      network,
      ofImage: (index) => told(captionOf(index)),
      ofSample: (index) => told(promptOf(index)),
      nothing,
      close,
    };
  }
  const tokens = await openClipTokens(textEncoder.vocabulary, length);
  const kept = cacheFolder === undefined ? 0 : captionsKept(textEncoder.cacheGiB, network);
  const slots = kept === 0 ? undefined : slotsOf(captions, kept);
  const encoder = await openTextEncoder(network, {
    engine: context.engine,
    weights: () => readClip(network, textEncoder.checkpoint),
    ...(slots && cacheFolder !== undefined && { folder: cacheFolder }),
  });
  const told = (caption: string): TokenIds => {
    const slot = slots?.get(caption);
    return { ids: tokens(caption), ...(slot !== undefined && { slot }) };
  };
  return {
    network,
    ofImage: (index) => told(captionOf(index)),
    ofSample: (index) => told(promptOf(index)),
    nothing: { ...nothing, ...(slots && { slot: 0 }) },
    encoder,
    close: () => encoder.close(),
  };
}

/** Places in the cache of the first captions that differ, `most` in all with place 0, which is that of no caption. */
function slotsOf(captions: readonly string[], most: number): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  for (const caption of captions) {
    if (slots.size + 1 >= most) break;
    if (!slots.has(caption)) slots.set(caption, slots.size + 1);
  }
  return slots;
}

/** The conditions `told` as the inputs that `conditionSpecs` describes. */
export async function conditionInputs(
  conditions: Conditions,
  told: readonly TokenIds[],
): Promise<HostTensors> {
  const specs = conditionSpecs(conditions, told.length);
  return conditions.encoder
    ? { context: { ...specs['context']!, data: await conditions.encoder.encode(told) } }
    : { ids: { ...specs['ids']!, data: Int32Array.from(told.flatMap(({ ids }) => ids)) } };
}

/** The number of a class, by its name or, where no class is called so, as a number from 0. */
function classOf(word: string, names: readonly string[]): number {
  const named = names.indexOf(word);
  if (named >= 0) return named;
  if (/^\d+$/.test(word) && Number(word) < names.length) return Number(word);
  const first = names.slice(0, listedClasses).join(', ');
  throw new UserError('usage', `there is no class ${word}`, {
    hint: `there are ${first}${names.length > listedClasses ? `, ... (${names.length} in all)` : ''}, or numbers from 0 to ${names.length - 1}`,
  });
}

/** Names of classes that a message tells. */
const listedClasses = 20;

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
