// The bound on pixels that are decoded at once.
import sharp from 'sharp';
import { expect, it, vi } from 'vitest';
import { decodeRgb } from '../../../../src/datasets/decode/decode-image.ts';
import { pixelBudget } from '../../../../src/datasets/decode/pixel-budget.ts';

it('holds no more than the budget, in the order of the calls, and all in the end', async () => {
  const budget = pixelBudget(10);
  let held = 0;
  let most = 0;
  const order: number[] = [];
  const sizes = [4, 4, 4, 10, 1, 1, 9, 3];
  await Promise.all(
    sizes.map((pixels, i) =>
      budget.within(pixels, async () => {
        order.push(i);
        most = Math.max(most, (held += pixels));
        await new Promise((resolve) => setTimeout(resolve, 2));
        held -= pixels;
      }),
    ),
  );
  expect(most).toBe(10);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('lets what is larger than the budget run alone, and goes on after failures', async () => {
  const budget = pixelBudget(10);
  let running = 0;
  const alone = async (): Promise<number> => {
    expect(++running).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    return running--;
  };
  const failing = budget.within(50, () => Promise.reject(new Error('broken')));
  const results = Promise.all([budget.within(50, alone), budget.within(99, alone), budget.within(1, alone)]);
  await expect(failing).rejects.toThrow('broken');
  expect(await results).toEqual([1, 1, 1]);
});

it('bounds decoding: huge images, small as files, are decoded one after another', async () => {
  // 6000 x 6000 is 36 million pixels, more than half of the budget.
  const image = await sharp({ create: { width: 6000, height: 6000, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  const raw = vi.spyOn(sharp.prototype as { raw: () => unknown }, 'raw');
  let decoding = 0;
  let most = 0;
  const decode = async (): Promise<void> => {
    const { data } = await decodeRgb(image, 'drop');
    most = Math.max(most, raw.mock.calls.length - decoding);
    decoding++;
    expect(data.length).toBe(6000 * 6000 * 3);
  };
  await Promise.all([decode(), decode(), decode()]);
  expect(raw).toHaveBeenCalledTimes(3);
  expect(most).toBeLessThanOrEqual(2);
  raw.mockRestore();
});
