// Which processes of this machine run on a node of the test cluster: jobs, by the environment Slurm gives them, and
// the slurmstepd that watches each.
import { readdir, readFile } from 'node:fs/promises';

/** Process ids of what runs on `node` of the cluster with configuration file `conf` (Linux: reads /proc). */
export async function processesOfNode(node: string, conf: string): Promise<number[]> {
  const found = new Set<number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const environment = (await text(`/proc/${name}/environ`)).split('\0');
    if (!environment.includes(`SLURMD_NODENAME=${node}`) || !environment.includes(`SLURM_CONF=${conf}`))
      continue;
    found.add(Number(name));
    const parent = /^PPid:\s*(\d+)/m.exec(await text(`/proc/${name}/status`))?.[1] ?? '';
    if ((await text(`/proc/${parent}/cmdline`)).startsWith('slurmstepd')) found.add(Number(parent));
  }
  return [...found];
}

/** Process ids of task `task` (from 0) of a running step of the cluster with configuration file `conf`. */
export async function processesOfTask(task: number, conf: string): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(names.map((name) => text(`/proc/${name}/environ`)));
  const wanted = [`SLURM_PROCID=${task}`, `SLURM_CONF=${conf}`];
  return names
    .filter((_, i) => wanted.every((variable) => environments[i]!.split('\0').includes(variable)))
    .map(Number);
}

/** '' where the process has ended or is not ours. */
async function text(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
