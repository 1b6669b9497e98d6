// `sdx ls`: the artifacts of the store, who needs them, and where its runs stand.
import { ExitCode } from '../../errors.ts';
import type { Judged } from '../../housekeeping/judge.ts';
import { listAll } from '../../housekeeping/list-store.ts';
import { printable, printableLines } from '../../printable.ts';
import { labelTexts } from '../../results/labels.ts';
import type { NamedRecord, NodeRecord } from '../../runner/run-record.ts';
import { stages } from '../../stages/registry.ts';
import type { Io } from '../io.ts';
import type { LsOptions } from '../options.ts';
import { formatBytes } from '../../report/table/number-format.ts';
import { stageNames, storedCells, storedJson, storedTitles, totalBytes } from '../stored-text.ts';
import { textTable } from '../../report/formats/text-table.ts';
import { timeText } from '../time-text.ts';
import { existingStore, placesOrUsual } from '../usual-places.ts';

export async function lsCommand(places: readonly string[], options: LsOptions, io: Io): Promise<number> {
  const { things, runs, problems } = await listAll({
    places: await placesOrUsual(places),
    store: await existingStore(options.store),
    stages,
    signal: io.signal,
  });
  for (const { file, error } of problems)
    io.stderr.write(
      `warning: what ${printable(file)} needs is not known: ${printableLines(error.message)}\n`,
    );
  io.stdout.write(options.json ? jsonText(things, runs) : text(things, runs));
  return ExitCode.ok;
}

function text(things: readonly Judged[], runs: readonly NamedRecord[]): string {
  const [names, now] = [stageNames(runs), Date.now()];
  const entries = things.map(({ entry }) => entry);
  const stored = things.map(({ entry, reasons }) => [
    ...storedCells(entry, names, now),
    reasons.length === 0 ? 'nobody' : printable(reasons.join(', ')),
  ]);
  return [
    `${things.length} things, ${formatBytes(totalBytes(entries))}\n`,
    ...(stored.length === 0 ? [] : [`\n${textTable([...storedTitles, 'needed by'], stored)}`]),
    ...(runs.length === 0
      ? []
      : [`\n${textTable(['run', 'state', 'started', 'notes'], runs.map(runCells))}`]),
  ].join('');
}

function runCells(run: NamedRecord): string[] {
  const { name, status, process, started } = run;
  const holder = status === 'running' ? [`process ${process.pid} on ${process.host}`] : [];
  return [
    name,
    status,
    timeText(started),
    [...holder, ...whereItStands(run), ...labelTexts(run)].join(', '),
  ].map(printable);
}

/** The stages that run, were stopped or failed, and how far they came. */
function whereItStands({ nodes }: NamedRecord): string[] {
  return Object.entries(nodes).flatMap(([id, node]) => {
    if (!['running', 'waiting', 'interrupted', 'failed'].includes(node.status)) return [];
    return [[id, ...(node.status === 'failed' ? ['failed'] : []), ...stepText(node)].join(' ')];
  });
}

function stepText({ progress }: NodeRecord): string[] {
  return progress ? [`${Math.floor(progress.done)}/${progress.total} ${progress.unit}`] : [];
}

function jsonText(things: readonly Judged[], runs: readonly NamedRecord[]): string {
  const names = stageNames(runs);
  const listing = {
    things: things.map(({ entry, reasons }) => ({ ...storedJson(entry, names), neededBy: reasons })),
    runs: runs.map(({ name, status, process, started, updated, finished, tags, notes, nodes }) => ({
      ...{ name, status, process, started, updated, finished, tags, notes },
      stages: Object.entries(nodes).map(([id, { key, status: state, progress }]) => ({
        ...{ id, key, status: state, progress },
      })),
    })),
  };
  return `${JSON.stringify(listing, null, 2)}\n`;
}
