// Parameters and multiply-adds of every network in the paper's tables, to the digit (paper, Tables 2-4).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unetCost } from '../../../../src/stages/networks/traced-cost.ts';
import { unetConfigFromLdm } from '../../../support/networks/ldm-config.ts';

function ldmUNet(file: string): Record<string, unknown> {
  const url = new URL(`../../../golden/reference/config_${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { unet: Record<string, unknown> }).unet;
}

const [ffhq, church, imagenet] = ['ffhq256', 'lsun_churches256', 'imagenet256_cin_v2'].map(ldmUNet);
const text = ldmUNet('txt2img_student_77p6M_inferred');
const slim = (unet: Record<string, unknown> | undefined) => ({ ...unet, model_channels: 64 });

const cases = [
  ['LDM', ffhq, false, 1, 274_056_163, 96_057_835_968, 5_182_062_592],
  ['Lite-LDM', slim(ffhq), false, 1, 22_411_843, 7_859_712_128, 1_480_589_312],
  ['SD', slim(ffhq), true, 1, 21_098_051, 6_741_680_256, 1_480_589_312],
  ['LDM Church', church, false, 1, 294_966_916, 18_653_579_008, 2_282_643_456],
  ['Lite-LDM Church', slim(church), false, 1, 32_827_268, 2_078_575_872, 760_881_152],
  ['SD Church', slim(church), true, 1, 33_766_404, 2_113_113_856, 760_881_152],
  ['LDM ImageNet', imagenet, false, 1, 400_920_579, 99_832_198_848, 4_457_349_120],
  ['Lite-LDM-CFG', slim(imagenet), false, 1, 47_026_179, 11_118_178_880, 1_485_783_040],
  ['SD-CFG', slim(imagenet), true, 1, 45_390_339, 9_917_572_160, 1_485_783_040],
  ['SD text-to-image', text, true, 77, 77_630_884, 7_270_774_048, 1_281_798_144],
] as const;

describe('unetCost', () => {
  it.each(cases)('%s', (_, unet, waveletGating, contextTokens, params, macs, attentionMacs) => {
    const config = unetConfigFromLdm(unet ?? {}, { waveletGating });
    expect(unetCost(config, contextTokens)).toMatchObject({ params, macs, attentionMacs });
  });
});
