// `sdx gc`: removes from the store what no experiment and no results need any more.
import { ExitCode } from '../../errors.ts';
import { collectGarbage, type Collected } from '../../housekeeping/collect-garbage.ts';
import { printable } from '../../printable.ts';
import { stages } from '../../stages/registry.ts';
import type { Io } from '../io.ts';
import type { GcOptions } from '../options.ts';
import { formatBytes } from '../../report/table/number-format.ts';
import { byReason, stageNames, storedCells, storedJson, storedTitles, totalBytes } from '../stored-text.ts';
import { textTable } from '../../report/formats/text-table.ts';
import { existingStore, placesOrUsual } from '../usual-places.ts';

/** Prints what was removed, or with --dry-run would be, and why the rest stays. */
export async function gcCommand(places: readonly string[], options: GcOptions, io: Io): Promise<number> {
  const { keep, olderThan, dryRun, json } = options;
  const collected = await collectGarbage({
    places: await placesOrUsual(places),
    store: await existingStore(options.store),
    stages,
    keep: keep?.split(',').filter((word) => word !== '') ?? [],
    youngMs: olderThan * 3_600_000,
    dryRun,
    signal: io.signal,
    onWait: (owner) => {
      io.stderr.write(
        `waits for another removal${owner ? ` (process ${owner.pid} on ${printable(owner.host)})` : ''}\n`,
      );
    },
  });
  io.stdout.write(json ? jsonText(collected, dryRun) : text(collected, options));
  return ExitCode.ok;
}

function text({ removed, kept, runs }: Collected, { dryRun, olderThan }: GcOptions): string {
  const [names, now] = [stageNames(runs), Date.now()];
  const table = textTable(
    storedTitles,
    removed.map((entry) => storedCells(entry, names, now)),
  );
  const freed = `${dryRun ? 'Would remove' : 'Removed'} ${removed.length}, ${formatBytes(totalBytes(removed))}.`;
  const entries = kept.map(({ entry }) => entry);
  const stays = byReason(kept).map(([reason, group]) => [
    reason === 'young' ? `changed within ${olderThan} h` : printable(reason),
    String(group.length),
    formatBytes(totalBytes(group)),
  ]);
  return [
    ...(removed.length === 0 ? [] : [`${table}\n`]),
    `${freed} Kept ${kept.length}, ${formatBytes(totalBytes(entries))}${stays.length === 0 ? '.' : ':'}\n`,
    ...(stays.length === 0 ? [] : [`\n${textTable(['kept for', 'things', 'size'], stays)}`]),
  ].join('');
}

function jsonText({ removed, kept, runs }: Collected, dryRun: boolean): string {
  const names = stageNames(runs);
  const report = {
    dryRun,
    freedBytes: totalBytes(removed),
    removed: removed.map((entry) => storedJson(entry, names)),
    kept: kept.map(({ entry, reasons }) => ({ ...storedJson(entry, names), reasons })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
