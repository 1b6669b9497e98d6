// `sdx figures`: the paper's figures, measured: of an experiment's trained models, or those that need none.
import path from 'node:path';
import { smokeFigures } from '../../config/smoke.ts';
import { usualEngine } from '../../engine/engine-options.ts';
import { ExitCode, InvariantError, UserError } from '../../errors.ts';
import { figureCatalog } from '../../figures/catalog.ts';
import { chosenFigures } from '../../figures/choose-figures.ts';
import { makeExperimentFigures, makeLoneFigures, type FiguresMade } from '../../figures/make-figures.ts';
import { figureLabel } from '../../report/figure.ts';
import { formatJson } from '../../report/formats/json.ts';
import { textTable } from '../../report/formats/text-table.ts';
import { figuresPage } from '../../report/write-figures.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { askedEngine } from '../asked-engine.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { FiguresOptions } from '../options.ts';
import { runShown } from '../run-shown.ts';

/** `words`: names of models, and changes to the experiment. Prints the page's path, or the list of figures. */
export async function figuresCommand(
  experiment: string | undefined,
  words: readonly string[],
  options: FiguresOptions,
  io: Io,
): Promise<number> {
  if (options.list) {
    io.stdout.write(listOfFigures(options, io));
    return ExitCode.ok;
  }
  const made =
    experiment === undefined
      ? await loneFigures(options, io)
      : await experimentFigures(experiment, words, options, io);
  const page = path.relative('', path.join(made.folder, figuresPage));
  const { figures, files } = made;
  io.stdout.write(
    options.json
      ? formatJson({ page, files, figures: figures.map(({ id, title }) => ({ id, title })) })
      : `${page}\n`,
  );
  return ExitCode.ok;
}

function listOfFigures({ json }: FiguresOptions, io: Io): string {
  const rows = figureCatalog.map(({ id, shows, needs }) => ({ id, shows, needs }));
  if (json) return formatJson(rows);
  const table = textTable(
    ['--only', '', 'shows', 'made of'],
    rows.map(({ id, shows, needs }) => [
      id,
      figureLabel(id),
      shows,
      needs === 'experiment' ? 'an experiment' : 'itself',
    ]),
    io.screen,
  );
  return `${table}\n`;
}

async function loneFigures(options: FiguresOptions, io: Io): Promise<FiguresMade> {
  const figures = chosenFigures(options.only, 'nothing');
  if (figures.length === 0)
    throw new UserError('usage', 'no figure can be made without an experiment', {
      hint: 'name one: sdx figures experiments/quickstart.yaml',
    });
  return makeLoneFigures({
    figures,
    resultsDir: options.results,
    engine: lazyEngine(await askedEngine(usualEngine, options, io)),
    signal: io.signal,
    smoke: options.profile === 'smoke',
    onProgress: (message) => io.stderr.write(`${message}\n`),
  });
}

async function experimentFigures(
  experiment: string,
  words: readonly string[],
  options: FiguresOptions,
  io: Io,
): Promise<FiguresMade> {
  const figures = chosenFigures(options.only, 'experiment');
  const overrides = words.filter((word) => word.includes('='));
  // Empty sections, which the schema fills in: what `sdx run` does not read does not stand in its configuration.
  const { config, store, variant } = await loadPipeline(
    experiment,
    ['figures={}', 'analyze={}', ...(options.profile === 'smoke' ? smokeFigures : []), ...overrides],
    options,
    io,
  );
  const { figures: settings, analyze } = config;
  if (settings === undefined || analyze === undefined)
    throw new InvariantError('the experiment was loaded without its sections `figures` and `analyze`');
  return runShown(config, io, async (shown) =>
    makeExperimentFigures({
      ...shown,
      config: { ...config, figures: settings, analyze },
      experiment,
      figures,
      named: options.only !== undefined,
      models: words.filter((word) => !word.includes('=')),
      store,
      resultsDir: options.results,
      variant: await variant(),
    }),
  );
}
