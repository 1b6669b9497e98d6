// The Python beside whose packages ours are tested: SDX_PYTHON names it, else python3.
import { execa } from 'execa';

export const python = process.env['SDX_PYTHON'] ?? 'python3';

/** Why `modules` cannot be imported there, or undefined. With SDX_REQUIRE_PEERS=1 it throws instead. */
export async function whyNoPeers(modules: readonly string[]): Promise<string | undefined> {
  const { failed, stderr, message } = await execa(python, ['-c', `import ${modules.join(', ')}`], {
    reject: false,
  });
  if (!failed) return undefined;
  const missing = stderr.split('\n').at(-1) || message;
  if (process.env['SDX_REQUIRE_PEERS'] === '1')
    throw new Error(`the peers are asked for, but ${python} does not have them: ${missing}`);
  return missing;
}
