// The GPU interface of tests: the system's Vulkan, or the one in the folder that SDX_VULKAN names (SwiftShader, which
// computes on the CPU: `libvulkan.so.1`, `libvk_swiftshader.so` and `vk_swiftshader_icd.json` of Debian's chromium-common).
import path from 'node:path';
import { script } from '../processes/sdx.ts';
import { fileURLToPath } from 'node:url';

const folder = process.env['SDX_VULKAN'];

/** What processes need that compute on it. */
export const vulkanEnv: Readonly<Record<string, string>> =
  folder === undefined
    ? {}
    : {
        LD_LIBRARY_PATH: [folder, process.env['LD_LIBRARY_PATH'] ?? []].flat().join(path.delimiter),
        VK_ICD_FILENAMES: path.join(folder, 'vk_swiftshader_icd.json'),
      };

/** Bytes that a step of training moves, and which steps kept their state on the device. */
export const busTraffic = fileURLToPath(new URL('bus-traffic.ts', import.meta.url));

/** Why WebGPU cannot be tried here, or undefined. With SDX_REQUIRE_WEBGPU=1 it throws instead. */
export async function whyNoWebgpu(): Promise<string | undefined> {
  const { exitCode, stderr } = await script(busTraffic, ['0'], { env: vulkanEnv });
  if (exitCode === 0) return undefined;
  const missing = stderr.trim().split('\n').at(-1) ?? '';
  if (process.env['SDX_REQUIRE_WEBGPU'] === '1') throw new Error(`WebGPU is asked for, but: ${missing}`);
  return missing;
}
