import { describe, expect, it } from 'vitest';
import { countParams } from '../../../../src/models/init-params.ts';
import type { WaveletFusion } from '../../../../src/models/unet/unet-config.ts';
import { unetTaps } from '../../../../src/models/unet/unet-plan.ts';
import { unetSpec } from '../../../../src/models/unet/unet.ts';
import { keysOf, referenceConfig, referenceKeys } from '../../../support/networks/published-configs.ts';
import { unetConfigFromLdm } from '../../../support/networks/ldm-config.ts';

type Variant = 'teacher' | 'lite' | 'student';

function configOf(name: string, variant: Variant, waveletFusion: WaveletFusion = 'conv') {
  const reference = referenceConfig(name);
  if (variant === 'student')
    return unetConfigFromLdm(reference.sd_wg.unet, { waveletGating: true, waveletFusion });
  return unetConfigFromLdm(variant === 'lite' ? reference.lite!.unet : reference.unet);
}

describe('parameter counts', () => {
  it.each<[string, Variant, number]>([
    ['ffhq256', 'teacher', 274056163],
    ['ffhq256', 'lite', 22411843],
    ['ffhq256', 'student', 21098051],
    ['celebahq256', 'student', 21098051],
    ['lsun_bedrooms256', 'teacher', 274056163],
    ['lsun_churches256', 'teacher', 294966916],
    ['lsun_churches256', 'lite', 32827268],
    ['lsun_churches256', 'student', 33766404],
    ['imagenet256_cin_v2', 'teacher', 400920579],
    ['imagenet256_cin_v2', 'lite', 47026179],
    ['imagenet256_cin_v2', 'student', 45390339],
    ['txt2img_kl8_1p45B_teacher', 'teacher', 872300484],
    ['txt2img_student_77p6M_inferred', 'student', 77630884],
  ])('%s %s: %i', (name, variant, expected) => {
    expect(countParams(unetSpec(configOf(name, variant)))).toBe(expected);
  });

  it.each([
    ['ffhq256', '21.1'],
    ['imagenet256_cin_v2', '45.4'],
  ])("%s with bands summed also rounds to the paper's %sM", (name, printed) => {
    const millions = countParams(unetSpec(configOf(name, 'student', 'sum'))) / 1e6;
    expect(millions.toFixed(1)).toBe(printed);
  });
});

describe('state-dict names, shapes and order', () => {
  it.each<[string, Variant, string]>([
    ['ffhq256', 'teacher', 'ffhq_celeba_bedroom_LDM'],
    ['ffhq256', 'student', 'ffhq_celeba_bedroom_SD_WG_'],
    ['lsun_churches256', 'teacher', 'church_LDM'],
    ['lsun_churches256', 'student', 'church_SD_WG_'],
    ['imagenet256_cin_v2', 'teacher', 'imagenet_cin256-v2_LDM'],
    ['txt2img_kl8_1p45B_teacher', 'teacher', 't2i_LDM_1.45B__UNet_only_'],
  ])('%s %s', (name, variant, keys) => {
    expect(keysOf(unetSpec(configOf(name, variant)))).toEqual(referenceKeys(keys));
  });
});

describe('unetTaps', () => {
  it('lists the last features of each resolution on both paths', () => {
    expect(unetTaps(configOf('ffhq256', 'student'))).toEqual([
      { name: 'down.0', channels: 64, scale: 1 },
      { name: 'down.1', channels: 128, scale: 2 },
      { name: 'down.2', channels: 192, scale: 4 },
      { name: 'down.3', channels: 256, scale: 8 },
      { name: 'up.3', channels: 256, scale: 8 },
      { name: 'up.2', channels: 192, scale: 4 },
      { name: 'up.1', channels: 128, scale: 2 },
      { name: 'up.0', channels: 64, scale: 1 },
    ]);
  });

  it('pairs teacher and student by name and scale', () => {
    const places = (variant: Variant) =>
      unetTaps(configOf('lsun_churches256', variant)).map(({ name, scale }) => [name, scale]);
    expect(places('student')).toEqual(places('teacher'));
  });
});
