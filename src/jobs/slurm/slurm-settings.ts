// What a user may ask of Slurm for the jobs of a sweep: the key `slurm` of a sweep file.
export type { Slurm as SlurmSettings } from '../../sweep/types.generated.ts';
