// `sdx import`: looks in weights of any form for a network of an experiment, says how they fit, and writes them as
// safetensors under latent-diffusion's names, which every `checkpoint:` key takes.
import path from 'node:path';
import { loadExperiment } from '../../config/load.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { findNetwork, type ImportReport } from '../../export/import-network.ts';
import { networkOf } from '../../export/experiment-networks.ts';
import type { Io } from '../io.ts';
import type { ImportOptions } from '../options.ts';

/** Prints the mapping report; where the weights do not fit, throws UserError('input') after it. */
export async function importCommand(source: string, options: ImportOptions, io: Io): Promise<number> {
  const { config } = await loadExperiment(options.for);
  const network = networkOf(config, options.network);
  const found = await findNetwork(source, network, options.ema);
  try {
    const { report, fits } = found;
    const output = options.output;
    if (fits && output !== undefined) await found.write(path.resolve(output));
    const written = fits ? output : undefined;
    io.stdout.write(
      options.json
        ? `${JSON.stringify({ source, ...report, fits, output: written }, null, 2)}\n`
        : reportText(source, report, written),
    );
    if (fits) return ExitCode.ok;
    throw new UserError('input', `${source} does not fit the network ${report.network}: ${summary(report)}`, {
      hint: 'the experiment and the weights must be of the same network; compare the sizes in the report',
      where: { file: source },
    });
  } finally {
    await found.close();
  }
}

function summary({ missing, unexpected, mismatched, settings }: ImportReport): string {
  const counts: readonly (readonly [number, string])[] = [
    [missing.length, 'missing'],
    [unexpected.length, 'unexpected'],
    [mismatched.length, 'of another shape'],
    [settings.length, 'other settings'],
  ];
  return counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(', ');
}

function reportText(source: string, report: ImportReport, output: string | undefined): string {
  const { form, network, parameters, tensors, usedEma, scaleFactor, leftAside } = report;
  const shapes = report.mismatched.map(
    ({ name, expected, found }) => `${name}: [${found.join(', ')}] for [${expected.join(', ')}]`,
  );
  const lines = [
    `${network} from ${source} (${form})`,
    `  parameters    ${parameters.toLocaleString('en-US')} in ${tensors} tensors`,
    `  weights       ${usedEma ? 'averaged (EMA)' : 'as trained, no average used'}`,
    `  scale_factor  ${scaleFactor ?? 'none'}`,
    `  left aside    ${leftAside} other tensors of the source`,
    ...section('missing', report.missing),
    ...section('unexpected', report.unexpected),
    ...section('of another shape', shapes),
    ...section('other settings', report.settings),
    ...(output === undefined ? [] : [`written to ${output}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Of a wrong file everything is missing: a few names tell as much. `--json` has them all. */
const shownNames = 5;

function section(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length - shownNames;
  return [
    `${title}: ${names.length}`,
    ...names.slice(0, shownNames).map((name) => `  ${name}`),
    ...(more > 0 ? [`  and ${more} more; --json lists them`] : []),
  ];
}
