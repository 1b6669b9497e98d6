// A demonstration manifest: the paper's FFHQ numbers as if we had measured them, with made-up curves and spectra.
import type { CurvePoint, ModelResult, ResultsManifest } from '../../../src/results/manifest.ts';
import type { MetricCard } from '../../../src/results/metric-card.ts';

export const card: MetricCard = {
  extractor: {
    name: 'pytorch-fid Inception-v3',
    digest: '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2',
  },
  inputSize: 299,
  resampler: 'bilinear',
  sampler: 'DDIM',
  eta: 1,
  steps: 200,
  guidanceScale: null,
  n: 50_000,
  reference: { digest: 'b0a1'.repeat(16), count: 70_000, preprocessing: 'Pillow bicubic to 256x256' },
  dtype: 'float32',
  comparableWithPublished: true,
  note: '',
};

function curve(start: number, floor: number): CurvePoint[] {
  return Array.from({ length: 600 }, (_, i) => {
    const loss =
      floor + (start - floor) * Math.exp(-i / 60) + 0.03 * floor * Math.sin(i * 1.7) * Math.cos(i * 0.31);
    return { step: (i + 1) * 250, loss };
  });
}

function radial(rolloff: number): number[] {
  return Array.from({ length: 129 }, (_, r) => 1e4 / (1 + r) ** 2.2 / (1 + (r / rolloff) ** 4));
}

function student(
  name: string,
  toggles: string,
  fid: number,
  spectrum?: [number, number, number],
): ModelResult {
  const waveletGating = toggles.includes('w');
  return {
    name,
    role: 'student',
    status: 'done',
    waveletGating,
    spatial: toggles.includes('s'),
    freq: toggles.includes('f'),
    modelChannels: 64,
    params: waveletGating ? 21_098_051 : 22_411_843,
    macs: waveletGating ? 6_742_000_000 : 7_860_000_000,
    attentionMacs: 1_480_000_000,
    steps: 150_000,
    finalLoss: 0.21,
    curve: spectrum ? curve(0.9, 0.13 + fid / 500) : [],
    fid: { value: fid, card },
    ...(spectrum
      ? { spectrum: { lowError: spectrum[0], highError: spectrum[1], radial: radial(spectrum[2]) } }
      : {}),
    ...(spectrum ? { files: { grid: `samples-${name}.png` } } : {}),
  };
}

const teacher: ModelResult = {
  name: 'LDM',
  role: 'teacher',
  status: 'done',
  waveletGating: false,
  spatial: false,
  freq: false,
  modelChannels: 224,
  params: 274_056_163,
  macs: 96_058_000_000,
  attentionMacs: 5_180_000_000,
  steps: 635_000,
  finalLoss: 0.14,
  curve: curve(1, 0.12),
  fid: { value: 5.0, card },
  spectrum: { lowError: 0.11, highError: 0.75, radial: radial(300) },
  files: { grid: 'samples-LDM.png' },
};

export const ffhqManifest: ResultsManifest = {
  schemaVersion: 1,
  experiment: 'ffhq',
  description:
    'Spectral Diffusion on FFHQ 256×256: the LDM teacher, the lite baseline and every combination of wavelet gating and the two distillation terms.',
  configDigest: 'c0ffee'.repeat(10) + 'c0ff',
  config: {
    experiment: 'ffhq',
    student: { modelChannels: 64, waveletGating: true },
    distill: { lambdaSpatial: 0.1, lambdaFreq: 0.1, alpha: -1 },
  },
  seed: 0,
  sdxVersion: '0.1.0',
  engine: { engine: 'onnx', onnxruntime: '1.30.0', device: 'cpu' },
  stages: [
    { kind: 'dataset', name: 'ffhq', key: 'd4'.repeat(16) },
    { kind: 'teacher', name: 'LDM', key: '7e'.repeat(16) },
    { kind: 'distill', name: 'SD', key: '5d'.repeat(16) },
  ],
  dataset: {
    kind: 'folder',
    count: 70_000,
    size: 256,
    digest: 'b0a1'.repeat(16),
    preprocessing: 'centre square, Pillow bicubic to 256x256',
    corrupt: 0,
    radial: radial(400),
  },
  autoencoder: { name: 'vq-f4', params: 55_322_782, latentShape: [3, 64, 64], source: 'loaded', curve: [] },
  models: [
    teacher,
    student('Lite-LDM', '', 17.3, [0.28, 3.35, 40]),
    student('WG', 'w', 14.7),
    student('Spatial', 's', 16.6),
    student('Freq', 'f', 15.3),
    student('WG + spatial', 'ws', 12.3),
    student('Spatial + freq', 'sf', 12.4),
    student('WG + freq', 'wf', 11.4),
    student('SD', 'wsf', 10.5, [0.2, 1.1, 120]),
  ],
  paper: { dataset: 'ffhq' },
};

/** A copy without one field. */
export function without<T extends object, K extends keyof T>(object: T, key: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(object).filter(([field]) => field !== key)) as Omit<T, K>;
}
