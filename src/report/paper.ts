// The numbers that "Diffusion Probabilistic Model Made Slim" prints (Yang, Zhou, Feng, Wang; CVPR 2023), as cited
// constants, with the errata found in print. Never results of ours.
import type { ModelResult, PaperDataset } from '../results/manifest.ts';

export const paperCitation =
  'X. Yang, D. Zhou, J. Feng, X. Wang: Diffusion Probabilistic Model Made Slim. CVPR 2023.';

/** The same as lines of BibTeX. */
export const paperBibtex: readonly string[] = [
  '@inproceedings{yang2023diffusion,',
  '  title = {Diffusion Probabilistic Model Made Slim},',
  '  author = {Yang, Xingyi and Zhou, Daquan and Feng, Jiashi and Wang, Xinchao},',
  '  booktitle = {Proceedings of the IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)},',
  '  year = {2023}',
  '}',
];

export interface PaperRow {
  readonly model: string;
  /** As printed, for models that the paper cites; absent where it prints none. */
  readonly params?: string;
  readonly macs?: string;
  /** Parameters of the UNet alone, where `params` counts other networks, too. */
  readonly unetParams?: string;
  readonly fid: number;
}

/** All printed FIDs of the paper's models are of DDIM's samples; its name in metric cards. */
export const paperSampler = 'DDIM';

/** How a printed FID was sampled; eta is null where the print does not name it. */
export interface PrintedSampler {
  readonly steps: number;
  readonly eta: number | null;
  /** Null for unconditional models. */
  readonly guidanceScale: number | null;
}

export interface PaperTable {
  readonly dataset: PaperDataset;
  readonly title: string;
  readonly source: string;
  readonly rows: readonly PaperRow[];
  /** LDM's, by its own publication; where that counts steps otherwise, those that its code takes. */
  readonly teacherSampler: PrintedSampler;
  /** The paper's own, of Lite-LDM and SD. */
  readonly studentSampler: PrintedSampler;
}

/** "We utilize a 200-step DDIM sampling by default" (section 6). */
const byDefault: PrintedSampler = { steps: 200, eta: null, guidanceScale: null };

const ddpm = { model: 'DDPM', params: '113.7M', macs: '248.7G' };
const adm = { model: 'ADM', params: '552.8M', macs: '1114.2G' };
const ldm = { model: 'LDM', params: '274.1M', macs: '96.1G' };
const lite = { model: 'Lite-LDM', params: '22.4M', macs: '7.9G' };
const ours = { model: 'SD', params: '21.1M', macs: '6.7G' };

/** Tables 2, 3 and 4. */
export const paperTables: Readonly<Record<PaperDataset, PaperTable>> = {
  ffhq: {
    dataset: 'ffhq',
    title: 'FFHQ 256×256',
    source: 'Table 2',
    teacherSampler: { steps: 200, eta: 1, guidanceScale: null },
    studentSampler: byDefault,
    rows: [
      { ...ddpm, fid: 8.4 },
      { model: 'P2', params: '113.7M', macs: '248.7G', fid: 7.0 },
      { ...ldm, fid: 5.0 },
      { ...lite, fid: 17.3 },
      { ...ours, fid: 10.5 },
    ],
  },
  celebahq: {
    dataset: 'celebahq',
    title: 'CelebA-HQ 256×256',
    source: 'Table 2',
    teacherSampler: { steps: 200, eta: 0, guidanceScale: null },
    studentSampler: byDefault,
    rows: [
      { model: 'Score SDE', params: '65.57M', macs: '266.4G', fid: 7.2 },
      { model: 'DDGAN', params: '39.73M', macs: '69.9G', fid: 7.6 },
      { ...ldm, fid: 5.1 },
      { ...lite, fid: 14.3 },
      { ...ours, fid: 9.3 },
    ],
  },
  bedroom: {
    dataset: 'bedroom',
    title: 'LSUN-Bedroom 256×256',
    source: 'Table 2',
    teacherSampler: { steps: 200, eta: 1, guidanceScale: null },
    studentSampler: byDefault,
    rows: [
      { ...ddpm, fid: 4.9 },
      { model: 'IDDPM', params: '113.7M', macs: '248.6G', fid: 4.2 },
      { ...adm, fid: 1.9 },
      { ...ldm, fid: 3.0 },
      { ...lite, fid: 10.9 },
      { ...ours, fid: 5.2 },
    ],
  },
  church: {
    dataset: 'church',
    title: 'LSUN-Church 256×256',
    source: 'Table 2',
    teacherSampler: { steps: 500, eta: 0, guidanceScale: null }, // called 400: LDM's code takes every second of 1000
    studentSampler: byDefault,
    rows: [
      { ...ddpm, fid: 4.9 },
      { model: 'IDDPM', params: '113.7M', macs: '248.6G', fid: 4.3 },
      { ...adm, fid: 1.9 },
      { model: 'LDM', params: '295.0M', macs: '18.7G', fid: 4.0 },
      { model: 'Lite-LDM', params: '32.8M', macs: '2.1G', fid: 13.6 },
      { model: 'SD', params: '33.8M', macs: '2.1G', fid: 8.4 },
    ],
  },
  imagenet: {
    dataset: 'imagenet',
    title: 'ImageNet 256×256, class-conditional',
    source: 'Table 3',
    teacherSampler: { steps: 250, eta: 1, guidanceScale: 1.5 },
    studentSampler: { ...byDefault, guidanceScale: 3 },
    rows: [
      { model: 'IDDPM', params: '273.1M', macs: '1416.3G', fid: 12.3 },
      { model: 'ADM', params: '553.8M', macs: '1114.2G', fid: 10.9 },
      { model: 'LDM without guidance', params: '400.9M', macs: '99.8G', fid: 10.6 },
      { model: 'ADM-G', params: '553.8+54.1M', macs: '1114.2+72.2G', fid: 4.6 },
      { model: 'LDM', params: '400.9M', macs: '99.8G', fid: 3.6 },
      { model: 'Lite-LDM', params: '47.0M', macs: '11.1G', fid: 20.1 },
      { model: 'SD', params: '45.4M', macs: '9.9G', fid: 10.6 },
    ],
  },
  coco: {
    dataset: 'coco',
    title: 'MS-COCO, zero-shot FID-30K, text to image',
    source: 'Table 4',
    teacherSampler: { steps: 250, eta: null, guidanceScale: 1.5 },
    studentSampler: { ...byDefault, guidanceScale: 2 },
    rows: [
      { model: 'GLIDE', params: '5.0B', fid: 12.24 },
      { model: 'DALL·E 2', params: '5.5B', fid: 10.39 },
      { model: 'Imagen', params: '3.0B', fid: 7.27 },
      { model: 'LDM', params: '1.45B', unetParams: '872.3M', fid: 12.63 },
      { model: 'SD', params: '77.6M', fid: 18.87 },
    ],
  },
};

/** Table 1: spectral errors on FFHQ. */
export const paperSpectralErrors = [
  { model: 'LDM', params: '274.1M', fid: 5.0, low: 0.11, high: 0.75 },
  { model: 'Lite-LDM', params: '22.4M', fid: 17.3, low: 0.28, high: 3.35 },
] as const;

/** The switches of the paper's ablation. */
export interface Toggles {
  readonly waveletGating: boolean;
  readonly spatial: boolean;
  readonly freq: boolean;
}

/** Table 5: FID on FFHQ by switches. */
export const paperAblation: readonly (Toggles & { readonly fid: number })[] = [
  { waveletGating: false, spatial: false, freq: false, fid: 17.3 },
  { waveletGating: true, spatial: false, freq: false, fid: 14.7 },
  { waveletGating: false, spatial: true, freq: false, fid: 16.6 },
  { waveletGating: false, spatial: false, freq: true, fid: 15.3 },
  { waveletGating: true, spatial: true, freq: false, fid: 12.3 },
  { waveletGating: false, spatial: true, freq: true, fid: 12.4 },
  { waveletGating: true, spatial: false, freq: true, fid: 11.4 },
  { waveletGating: true, spatial: true, freq: true, fid: 10.5 },
];

/** Figure 6: time steps per second of SD over LDM; mean of 30 runs, batch 64. */
export const paperSpeedup = { cpu: 4.6, gpu: 3.6, macRatio: 14.3 } as const;

const [ldmSpectrum, liteSpectrum] = paperSpectralErrors;
const highDifference = (liteSpectrum.high - ldmSpectrum.high).toFixed(2);

/** What is wrong or surprising in print, by the data sets it concerns. */
export const paperErrata: readonly { readonly datasets: readonly PaperDataset[]; readonly text: string }[] = [
  {
    datasets: ['ffhq'],
    text: `Table 1 prints the high-frequency difference as +2.17; the numbers beside it give ${liteSpectrum.high} − ${ldmSpectrum.high} = ${highDifference}.`,
  },
  {
    datasets: ['celebahq'],
    text: 'The text gives the Lite-LDM drop on CelebA-HQ as 13.2; Table 2 gives 14.3 − 5.1 = 9.2.',
  },
  {
    datasets: ['ffhq', 'celebahq', 'bedroom'],
    text: 'Table 2 prints a MACs ratio of 14.3×, that of the rounded numbers; 96.058G / 6.742G is 14.2×.',
  },
  {
    datasets: ['church'],
    text: "LDM's published FID on LSUN-Church was taken with 400 DDIM steps, η = 0, not the 200 steps named as default.",
  },
  {
    datasets: ['ffhq', 'celebahq', 'bedroom', 'church', 'imagenet', 'coco'],
    text: 'Eq. 6 lacks the numerator √(1 − ᾱ) that follows from Eq. 2.',
  },
];

/** A printed FID, with the decimal that the print always has. */
export function formatPrinted(fid: number): string {
  return Number.isInteger(fid) ? fid.toFixed(1) : String(fid);
}

/** The row of a model in the paper's table of a data set. */
export function paperRow(dataset: PaperDataset, model: string): PaperRow | undefined {
  return paperTables[dataset].rows.find((row) => row.model === model);
}

/** How the paper calls such a model. */
export function paperModel({
  role,
  waveletGating,
}: Pick<ModelResult, 'role' | 'waveletGating'>): 'LDM' | 'SD' | 'Lite-LDM' {
  return role === 'teacher' ? 'LDM' : waveletGating ? 'SD' : 'Lite-LDM';
}

/** The FID that the paper prints under this name; undefined where it prints none. */
export function paperFid(
  dataset: PaperDataset,
  model: Toggles & { readonly role: 'teacher' | 'student' },
): number | undefined {
  const row = (name: string): number | undefined => paperRow(dataset, name)?.fid;
  if (model.role === 'teacher') return row('LDM');
  const { waveletGating, spatial, freq } = model;
  if (waveletGating && spatial && freq) return row('SD');
  if (!waveletGating && !spatial && !freq) return row('Lite-LDM');
  if (dataset !== 'ffhq') return undefined;
  return paperAblation.find(
    (one) => one.waveletGating === waveletGating && one.spatial === spatial && one.freq === freq,
  )?.fid;
}
