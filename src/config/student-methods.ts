// The methods by which students come about, and which keys of a student each of them has. A new one is a row here, its name
// in the schema, its network in networks.ts and its recipe in stages/kinds/distill/recipes.ts.
import type { Student } from './types.generated.ts';

export type MethodName = NonNullable<Student['method']>;

interface MethodSpec {
  /** As reports and cards name it. */
  readonly title: string;
  readonly needs: readonly (keyof Student)[];
  /** Keys that it has beside those that it needs. What no method names is for all. */
  readonly takes: readonly (keyof Student)[];
  /** Whether it works for models that are told classes or captions. */
  readonly conditional: boolean;
}

export const studentMethods: Readonly<Record<MethodName, MethodSpec>> = {
  spectral: {
    title: 'spectral distillation',
    needs: ['modelChannels'],
    takes: ['waveletGating', 'wavelet', 'waveletFusion', 'gates', 'waveletActivation', 'spatial', 'freq'],
    conditional: true,
  },
  'block-removal': {
    title: 'block removal',
    needs: ['blocks'],
    takes: ['featureWeight'],
    conditional: true,
  },
  pruned: {
    title: 'pruning',
    needs: ['modelChannels'],
    takes: ['lossThreshold', 'importanceSteps'],
    conditional: true,
  },
  consistency: { title: 'consistency distillation', needs: [], takes: [], conditional: false },
};

export function methodOf({ method = 'spectral' }: Pick<Student, 'method'>): MethodName {
  return method;
}
