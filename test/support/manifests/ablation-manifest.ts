// A demonstration manifest of a sweep: the paper's Table 5 as if we had measured it with three seeds.
import type { ModelResult } from '../../../src/results/manifest.ts';
import type { MetricCard } from '../../../src/results/metric-card.ts';
import type { SweepCellResult, SweepManifest, SweepRunResult } from '../../../src/results/sweep-manifest.ts';
import { paperAblation } from '../../../src/report/paper.ts';
import { card } from './ffhq-manifest.ts';

export function modelWith(
  toggles: { readonly waveletGating: boolean; readonly spatial: boolean; readonly freq: boolean },
  fid: number,
  fidCard: MetricCard = card,
): ModelResult {
  return {
    name: 'sd',
    role: 'student',
    status: 'done',
    ...toggles,
    modelChannels: 64,
    params: toggles.waveletGating ? 21_098_051 : 22_411_843,
    macs: toggles.waveletGating ? 6_742_000_000 : 7_860_000_000,
    attentionMacs: 1_480_000_000,
    steps: 150_000,
    finalLoss: 0.2,
    curve: [
      { step: 1, loss: fid / 10 },
      { step: 2, loss: fid / 20 },
    ],
    fid: { value: fid, card: fidCard },
    metrics: { kid: { value: fid / 1000, card: fidCard } },
  };
}

export function runOf(cell: string, seed: number, model: ModelResult): SweepRunResult {
  return {
    id: `${cell}-seed${seed}`,
    seed,
    status: 'done',
    configDigest: 'c0'.repeat(32),
    stages: [{ kind: 'evaluate', name: 'sd', key: 'e0'.repeat(16) }],
    model,
  };
}

/** Seeds 0, 1, 2 are the printed value minus 0.1, itself, and plus 0.1. */
function cellOf({ fid, ...toggles }: (typeof paperAblation)[number]): SweepCellResult {
  const id = `wg${Number(toggles.waveletGating)}-sp${Number(toggles.spatial)}-fr${Number(toggles.freq)}`;
  return {
    id,
    toggles,
    axes: [],
    config: {},
    teacher: 0,
    runs: [-0.1, 0, 0.1].map((offset, seed) => runOf(id, seed, modelWith(toggles, fid + offset))),
  };
}

export const ablation: SweepManifest = {
  schemaVersion: 1,
  kind: 'sweep',
  sweep: 'ablation',
  description: 'Table 5',
  sdxVersion: '0.1.0',
  engines: [{ name: 'onnx' }],
  student: 'sd',
  toggles: ['waveletGating', 'spatial', 'freq'],
  axes: [],
  seeds: [0, 1, 2],
  teachers: [
    {
      ...modelWith({ waveletGating: false, spatial: false, freq: false }, 4.98),
      name: 'teacher',
      role: 'teacher',
      params: 274_056_163,
      macs: 96_058_000_000,
    },
  ],
  datasets: [{ kind: 'folder', count: 70_000, digest: 'd1'.repeat(32) }],
  cells: paperAblation.map(cellOf),
  paper: { dataset: 'ffhq' },
};

/** A copy in which one cell is another. */
export function withCell(index: number, change: (cell: SweepCellResult) => SweepCellResult): SweepManifest {
  return { ...ablation, cells: ablation.cells.map((cell, i) => (i === index ? change(cell) : cell)) };
}
