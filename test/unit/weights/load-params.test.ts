import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../src/engine/engine.ts';
import { loadParams } from '../../../src/weights/load-params.ts';
import type { SafetensorsDtype } from '../../../src/weights/safetensors/header.ts';
import type { WeightsSource } from '../../../src/weights/weights.ts';
import { UserError } from '../../../src/errors.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';

/** A source of tensors full of one number. */
function sourceOf(
  tensors: Readonly<Record<string, { shape: number[]; value: number; dtype?: SafetensorsDtype }>>,
): WeightsSource {
  return {
    form: 'safetensors',
    path: 'model.ckpt',
    entries: new Map(
      Object.entries(tensors).map(([name, { shape, dtype = 'F32' }]) => [name, { shape, dtype }]),
    ),
    read(name) {
      const { shape, value } = tensors[name]!;
      const data = new Float32Array(sizeOf(shape)).fill(value);
      return Promise.resolve({ shape, dtype: 'float32', data });
    },
    close: () => Promise.resolve(),
  };
}

const specs: ParamSpec[] = [
  { name: 'out.0.weight', shape: [2, 3], init: { kind: 'zeros' } },
  { name: 'out.0.bias', shape: [2], init: { kind: 'zeros' } },
];
const prefix = 'model.diffusion_model.';
const plain = {
  'model.diffusion_model.out.0.weight': { shape: [2, 3], value: 1 },
  'model.diffusion_model.out.0.bias': { shape: [2], value: 2 },
  'first_stage_model.encoder.bias': { shape: [5], value: 3 },
};
const averages = {
  'model_ema.diffusion_modelout0weight': { shape: [2, 3], value: 10 },
  'model_ema.diffusion_modelout0bias': { shape: [2], value: 20 },
  'model_ema.decay': { shape: [], value: 0.9999 },
};

describe('loadParams', () => {
  it('takes the parameters under the prefix and leaves other networks alone', async () => {
    const { params, report } = await loadParams(sourceOf(plain), specs, { prefix });
    expect(Object.keys(params)).toEqual(['out.0.weight', 'out.0.bias']);
    expect([...params['out.0.bias']!.data]).toEqual([2, 2]);
    expect(report).toEqual({ missing: [], unexpected: [], mismatched: [], usedEma: false });
  });

  it.each([
    { ema: 'prefer', value: 10, usedEma: true },
    { ema: 'require', value: 10, usedEma: true },
    { ema: 'never', value: 1, usedEma: false },
  ] as const)('takes averages as told: $ema', async ({ ema, value, usedEma }) => {
    const source = sourceOf({ ...plain, ...averages });
    const { params, report } = await loadParams(source, specs, { prefix, ema });
    expect(params['out.0.weight']!.data[0]).toBe(value);
    expect(report.usedEma).toBe(usedEma);
  });

  it('prefers averages only if all are there, and says so if they are required', async () => {
    const source = sourceOf({
      ...plain,
      'model_ema.diffusion_modelout0weight': averages['model_ema.diffusion_modelout0weight'],
    });
    expect((await loadParams(source, specs, { prefix })).report.usedEma).toBe(false);
    await expect(loadParams(source, specs, { prefix, ema: 'require' })).rejects.toThrow(
      '1 missing (model_ema.diffusion_modelout0bias)',
    );
    await expect(loadParams(sourceOf(plain), specs, { prefix, ema: 'require' })).rejects.toMatchObject({
      hint: expect.stringMatching(/no averaged weights/) as string,
    });
  });

  it('refuses what does not fit, with names and counts of each kind', async () => {
    const error: unknown = await loadParams(
      sourceOf({
        [`${prefix}out.0.weight`]: { shape: [3, 2], value: 1 },
        ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`${prefix}extra.${i}`, { shape: [1], value: 0 }])),
      }),
      specs,
      { prefix },
    ).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'input', where: { file: 'model.ckpt' } });
    const { message, hint } = error as UserError;
    expect(message).toContain('1 missing (model.diffusion_model.out.0.bias)');
    expect(message).toContain('5 not in the network');
    expect(message).toContain('extra.3, and 2 more');
    expect(message).toContain('1 of another shape (out.0.weight [3,2] for [2,3])');
    expect(hint).toContain('prefix');
  });

  it('loads what fits when not strict, and reports the rest', async () => {
    const source = sourceOf({
      [`${prefix}out.0.weight`]: { shape: [6], value: 1 },
      [`${prefix}out.0.bias`]: { shape: [2], value: 2 },
      [`${prefix}extra`]: { shape: [1], value: 0 },
    });
    const { params, report } = await loadParams(source, [...specs, { ...specs[1]!, name: 'gone' }], {
      prefix,
      strict: false,
    });
    expect(Object.keys(params)).toEqual(['out.0.bias']);
    expect(report).toEqual({
      missing: [`${prefix}gone`],
      unexpected: [`${prefix}extra`],
      mismatched: [{ name: 'out.0.weight', expected: [2, 3], found: [6] }],
      usedEma: false,
    });
  });

  it('does not take integer buffers for parameters', async () => {
    const source = sourceOf({
      ...plain,
      [`${prefix}position_ids`]: { shape: [1, 77], value: 0, dtype: 'I64' },
    });
    expect((await loadParams(source, specs, { prefix })).report.unexpected).toEqual([]);
  });
});
