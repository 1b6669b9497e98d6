// Weights of any form for one network of an experiment: found, compared with its parameters, and written under
// latent-diffusion's names, one tensor in memory at a time.
import path from 'node:path';
import {
  classEmbedderFile,
  isDiffusersFolder,
  openDiffusers,
} from '../weights/diffusers/diffusers-source.ts';
import type { ShapeMismatch } from '../weights/differences.ts';
import { mapParams, type LoadOptions, type MappingReport } from '../weights/load-params.ts';
import { streamSafetensors, type PendingTensor } from '../weights/safetensors/stream.ts';
import { openWeights } from '../weights/weights-source.ts';
import { readScalar, type WeightsSource } from '../weights/weights.ts';
import { sizeOf } from '../engine/engine.ts';
import { UserError } from '../errors.ts';
import { emaName } from '../weights/ema-name.ts';
import type { NetworkComponent } from '../weights/network-components.ts';
import type { ExperimentNetwork } from './experiment-networks.ts';

/** What was found in a source for a network. Names are the source's. */
export interface ImportReport {
  readonly form: WeightsSource['form'];
  readonly network: string;
  /** Numbers in the network. */
  readonly parameters: number;
  readonly tensors: number;
  readonly usedEma: boolean;
  /** What latents are multiplied by, where the source says it. */
  readonly scaleFactor: number | undefined;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly mismatched: readonly ShapeMismatch[];
  /** Settings beside the weights that say another network (diffusers' config.json). */
  readonly settings: readonly string[];
  /** Other tensors of the file: of other networks, or the set of weights that was not taken. */
  readonly leftAside: number;
}

/** A network's tensors in an open source. */
export interface FoundNetwork {
  readonly report: ImportReport;
  /** Whether every parameter is there and nothing speaks against it. */
  readonly fits: boolean;
  /** Writes the network, and the scale factor, to a safetensors file. Only if it fits. */
  write(output: string): Promise<void>;
  close(): Promise<void>;
}

/** One component of a network within a source. */
interface FoundComponent {
  readonly component: NetworkComponent;
  readonly source: WeightsSource;
  /** Names in `source` by parameter name. */
  readonly names: ReadonlyMap<string, string>;
  readonly report: MappingReport;
  readonly settings: readonly string[];
  readonly scaleFactor: number | undefined;
  /** Whether everything in the source, or under the prefix, is to belong to the component. */
  readonly whole: boolean;
}

/** Opens `target`, a file or folder, and looks for `network` in it. Throws UserError as openWeights does. */
export async function findNetwork(
  target: string,
  network: ExperimentNetwork,
  ema: NonNullable<LoadOptions['ema']> = 'prefer',
): Promise<FoundNetwork> {
  const opened: WeightsSource[] = [];
  const close = async (): Promise<void> => {
    for (const source of opened) await source.close();
  };
  try {
    const components: FoundComponent[] = [];
    if (await isDiffusersFolder(target)) {
      if (ema === 'require') throw noAveraged(target);
      for (const component of network.components)
        components.push(await findInDiffusers(target, component, opened));
    } else {
      const source = await openWeights(target);
      opened.push(source);
      for (const component of network.components) components.push(await findInFile(source, component, ema));
    }
    const report = reportOf(network, components);
    const faults = [report.missing, report.mismatched, report.settings].flat().length;
    const strange = components.some((component) => component.whole && component.report.unexpected.length > 0);
    return {
      report,
      fits: faults === 0 && !strange,
      write: (output) =>
        streamSafetensors(output, pendingTensors(components, report.scaleFactor), { format: 'pt' }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function findInDiffusers(
  folder: string,
  component: NetworkComponent,
  opened: WeightsSource[],
): Promise<FoundComponent> {
  if (component.diffusers === undefined) {
    const source = await openWeights(path.join(folder, classEmbedderFile));
    opened.push(source);
    return {
      ...mapped(source, component, { ema: 'never' }),
      settings: [],
      scaleFactor: undefined,
      whole: false,
    };
  }
  const { source, report, scaleFactor } = await openDiffusers(folder, component.diffusers);
  opened.push(source);
  const names = new Map(component.specs.map(({ name }) => [name, name]));
  const { missing, unexpected, mismatched, config } = report;
  return {
    component,
    source,
    names,
    report: { missing, unexpected, mismatched, usedEma: false },
    settings: config,
    scaleFactor,
    whole: true,
  };
}

async function findInFile(
  source: WeightsSource,
  component: NetworkComponent,
  ema: NonNullable<LoadOptions['ema']>,
): Promise<FoundComponent> {
  const prefix = likeliestPrefix(source, component);
  return {
    ...mapped(source, component, { prefix, ema: component.averaged ? ema : 'never' }),
    settings: [],
    scaleFactor: source.entries.has('scale_factor') ? await readScalar(source, 'scale_factor') : undefined,
    whole: prefix !== '',
  };
}

/** latent-diffusion's prefix, or none where more of the names fit without. */
function likeliestPrefix(source: WeightsSource, { prefix, specs }: NetworkComponent): string {
  const matches = (start: string): number =>
    specs.filter(({ name }) => source.entries.has(start + name) || source.entries.has(emaName(start + name)))
      .length;
  return matches('') > matches(prefix) ? '' : prefix;
}

/** Compares by name; the report speaks the source's names. */
function mapped(
  source: WeightsSource,
  component: NetworkComponent,
  options: LoadOptions,
): Pick<FoundComponent, 'component' | 'source' | 'names' | 'report'> {
  const { names, report } = mapParams(source, component.specs, options);
  const mismatched = report.mismatched.map((shapes) => ({ ...shapes, name: names.get(shapes.name)! }));
  return { component, source, names, report: { ...report, mismatched } };
}

function reportOf(network: ExperimentNetwork, components: readonly FoundComponent[]): ImportReport {
  const specs = components.flatMap(({ component }) => component.specs);
  const all = <T>(list: (found: FoundComponent) => readonly T[]): T[] => components.flatMap(list);
  const used = new Set(all(({ names, report }) => [...names.values(), ...report.unexpected]));
  const files = [...new Set(components.map(({ source }) => source))].filter(
    ({ form }) => form !== 'diffusers',
  );
  return {
    form: components[0]!.source.form,
    network: network.name,
    parameters: specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    tensors: specs.length,
    usedEma: components.some(({ report }) => report.usedEma),
    scaleFactor: components.find(({ scaleFactor }) => scaleFactor !== undefined)?.scaleFactor,
    missing: all(({ report }) => report.missing),
    unexpected: all(({ report, whole }) => (whole ? report.unexpected : [])),
    mismatched: all(({ report }) => report.mismatched),
    settings: all(({ settings }) => settings),
    leftAside: files
      .flatMap(({ entries }) => [...entries.keys()])
      .filter((name) => !used.has(name) && name !== 'scale_factor').length,
  };
}

function pendingTensors(
  components: readonly FoundComponent[],
  scaleFactor: number | undefined,
): PendingTensor[] {
  const tensors = components.flatMap(({ component, source, names }) =>
    component.specs.map(({ name, shape }): PendingTensor => ({
      name: component.prefix + name,
      shape,
      read: async () => {
        const { data } = await source.read(names.get(name)!);
        return data instanceof Float32Array ? data : new Float32Array(data);
      },
    })),
  );
  const scale =
    scaleFactor === undefined
      ? []
      : [{ name: 'scale_factor', shape: [], read: () => Promise.resolve(Float32Array.of(scaleFactor)) }];
  return [...tensors, ...scale];
}

function noAveraged(target: string): UserError {
  return new UserError(
    'input',
    'a diffusers folder holds one set of weights, not averaged ones beside them',
    {
      hint: 'leave out `--ema require`',
      where: { file: target },
    },
  );
}
