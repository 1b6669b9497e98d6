// A folder that diffusers or transformers saved, as weights under our names: the component of the network is found,
// its config.json compared, names and shapes mapped, and q, k and v joined as they are read.
import path from 'node:path';
import type { HostTensor } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';
import { listed, listedShapes, type ShapeMismatch } from '../differences.ts';
import { configDifferences, diffusersClasses, type JsonConfig } from './diffusers-config.ts';
import { joinParts, type NameMapping, type TheirTensor } from './mapping.ts';
import { diffusersMappings, type DiffusersNetwork } from './names.ts';
import { isFile } from '../../files/exists.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import { openWeights } from '../weights-source.ts';
import { noTensor, type WeightsEntry, type WeightsSource } from '../weights.ts';

/** How a folder differs from the network; all names are diffusers'. */
export interface DiffusersReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly mismatched: readonly ShapeMismatch[];
  /** Settings of config.json that say another network. */
  readonly config: readonly string[];
}

export interface DiffusersSource {
  /** Has the parameters that are there and fit, each name starting with the prefix that was asked for. */
  readonly source: WeightsSource;
  readonly report: DiffusersReport;
  /** `scaling_factor` of an autoencoder's config.json. */
  readonly scaleFactor: number | undefined;
}

/** Whether `target` is a folder of diffusers or transformers: one with config.json or model_index.json. */
export async function isDiffusersFolder(target: string): Promise<boolean> {
  return (await isFile(path.join(target, 'config.json'))) || isFile(path.join(target, 'model_index.json'));
}

/**
 * Opens `network` in `folder`: a component or a whole pipeline. Throws UserError('input') where it is not there or
 * damaged, and UserError('usage') for a network that diffusers do not have. Differences are reported, not thrown.
 */
export async function openDiffusers(
  folder: string,
  network: DiffusersNetwork,
  { prefix = '' }: { readonly prefix?: string } = {},
): Promise<DiffusersSource> {
  const mappings = diffusersMappings(network);
  const { component, config } = await findComponent(folder, network.kind);
  const differences = configDifferences(config, network);
  const weights = await openWeights(component);
  const report = { ...compare(weights, mappings), config: differences };
  const scale = config['scaling_factor'];
  return {
    source: renamedSource(weights, mappings, prefix),
    report,
    scaleFactor: network.kind === 'autoencoder' && typeof scale === 'number' ? scale : undefined,
  };
}

/** File beside a diffusers model that holds a class table, under latent-diffusion's name. */
export const classEmbedderFile = 'class_embedder.safetensors';

/**
 * Weights of one part of a model, under our names with `prefix`, from a file of any form or a diffusers folder;
 * `network` is absent for what diffusers do not have (class tables). Throws UserError for a folder that does not fit.
 */
export async function openNetworkWeights(
  target: string,
  network: DiffusersNetwork | undefined,
  prefix: string,
): Promise<WeightsSource> {
  if (!(await isDiffusersFolder(target))) return openWeights(target);
  if (network === undefined) return openWeights(path.join(target, classEmbedderFile));
  const { source, report } = await openDiffusers(target, network, { prefix });
  try {
    refuseDiffusersDifferences(target, report);
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** `scaling_factor` in the config.json of the autoencoder in `folder`. Throws UserError('input') where there is none. */
export async function diffusersScaleFactor(folder: string): Promise<number> {
  const { config } = await findComponent(folder, 'autoencoder');
  const scale = config['scaling_factor'];
  if (typeof scale === 'number') return scale;
  throw new UserError('input', 'the config.json of the autoencoder has no scaling_factor', {
    hint: 'set autoencoder.scaleFactor to a number, or to `auto`',
    where: { file: folder },
  });
}

/** Throws UserError('input') naming what is missing, misshapen, left over or configured otherwise. */
export function refuseDiffusersDifferences(folder: string, report: DiffusersReport): void {
  const { missing, unexpected, mismatched, config } = report;
  const texts = [
    ...listed('settings of config.json', config),
    ...listed('missing', missing),
    ...listed('not in the network', unexpected),
    ...listedShapes(mismatched),
  ];
  if (texts.length === 0) return;
  throw new UserError('input', `the diffusers folder does not fit the network: ${texts.join('; ')}`, {
    hint: 'the configuration and the folder must be of the same network; `sdx import` lists all differences',
    where: { file: folder },
  });
}

/** The folder with the weights of a network and the content of its config.json. */
async function findComponent(
  folder: string,
  kind: DiffusersNetwork['kind'],
): Promise<{ component: string; config: JsonConfig }> {
  const classes = diffusersClasses[kind];
  for (const component of await candidates(folder, classes)) {
    const config = await readJson(path.join(component, 'config.json'));
    const [named] = [config['_class_name'], ...asList(config['architectures'])].filter(
      (name) => typeof name === 'string',
    );
    // CLIP as a whole describes its text transformer apart.
    if (named === 'CLIPModel') return { component, config: (config['text_config'] ?? {}) as JsonConfig };
    if (named === undefined || classes.includes(named)) return { component, config };
  }
  throw new UserError('input', `${folder} holds no ${classes.join(' or ')}`, {
    hint: 'give the folder of the model or of the pipeline that has it',
    where: { file: folder },
  });
}

/** Folders that may hold a model of one of `classes`: as model_index.json says, the folder itself, or `text_encoder`. */
async function candidates(folder: string, classes: readonly string[]): Promise<string[]> {
  const index = path.join(folder, 'model_index.json');
  const parts = (await isFile(index)) ? Object.entries(await readJson(index)) : [];
  const components = parts.flatMap(([name, value]) =>
    classes.includes(String(asList(value)[1])) && /^\w+$/.test(name) ? [name] : [],
  );
  const folders = [
    ...components.map((name) => path.join(folder, name)),
    folder,
    path.join(folder, 'text_encoder'),
  ];
  const found = await Promise.all(folders.map((place) => isFile(path.join(place, 'config.json'))));
  return folders.filter((_, i) => found[i]);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

async function readJson(file: string): Promise<JsonConfig> {
  try {
    const json: unknown = JSON.parse((await readRegularFile(file)).toString());
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonConfig;
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('input', `${file} is not JSON`, {
      hint: 'get the file again',
      where: { file },
      cause,
    });
  }
  throw new UserError('input', `${file} is no object`, { hint: 'get the file again', where: { file } });
}

/** The name under which `weights` have a tensor. */
function nameIn(weights: WeightsSource, { names }: TheirTensor): string | undefined {
  return names.find((name) => weights.entries.has(name));
}

/** What CLIP has besides its text transformer. */
const besideText = /^(vision_model|visual_projection|text_projection|logit_scale)(\.|$)/;

function compare(weights: WeightsSource, mappings: readonly NameMapping[]): Omit<DiffusersReport, 'config'> {
  const parts = mappings.flatMap((mapping) => mapping.parts);
  const known = new Set(parts.flatMap(({ names }) => names));
  return {
    missing: parts.flatMap((part) => (nameIn(weights, part) === undefined ? [part.names[0]] : [])),
    unexpected: [...weights.entries].flatMap(([name, { dtype }]) =>
      known.has(name) || besideText.test(name) || !/^B?F/.test(dtype) ? [] : [name],
    ),
    mismatched: parts.flatMap((part) => {
      const name = nameIn(weights, part);
      const found = name === undefined ? undefined : weights.entries.get(name)!.shape;
      return found === undefined || sameButOnes(found, part.shape)
        ? []
        : [{ name: name!, expected: part.shape, found }];
    }),
  };
}

/** Equal but for extents of 1 at the end: a linear layer or a 1x1 convolution. */
function sameButOnes(a: readonly number[], b: readonly number[]): boolean {
  const core = (shape: readonly number[]): string => shape.join().replace(/(,1)+$/, '');
  return core(a) === core(b);
}

function renamedSource(
  weights: WeightsSource,
  mappings: readonly NameMapping[],
  prefix: string,
): WeightsSource {
  const present = mappings.filter(({ parts }) =>
    parts.every((part) => {
      const name = nameIn(weights, part);
      return name !== undefined && sameButOnes(weights.entries.get(name)!.shape, part.shape);
    }),
  );
  const byName = new Map(present.map((mapping) => [prefix + mapping.name, mapping]));
  const entries = new Map<string, WeightsEntry>(
    [...byName].map(([name, { shape }]) => [name, { shape, dtype: 'F32' }]),
  );
  return {
    form: 'diffusers',
    path: weights.path,
    entries,
    async read(name): Promise<HostTensor> {
      const mapping = byName.get(name);
      if (mapping === undefined) throw noTensor(weights.path, name);
      const parts: Float32Array[] = [];
      for (const part of mapping.parts) {
        const { data } = await weights.read(nameIn(weights, part)!);
        parts.push(data instanceof Float32Array ? data : new Float32Array(data));
      }
      return { shape: mapping.shape, dtype: 'float32', data: joinParts(parts, mapping.heads) };
    },
    close: () => weights.close(),
  };
}
