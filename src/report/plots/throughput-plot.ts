// Time of a step against its multiply-adds (Fig. 6).
import { formatMacs } from '../table/number-format.ts';
import { modelPoint, render } from './plots.ts';

export interface TimedModel {
  readonly model: string;
  readonly role: 'teacher' | 'student';
  /** Of one sample. */
  readonly macs: number;
  readonly batch: number;
  /** Time steps of a batch per second. */
  readonly mean: number;
}

/** Milliseconds a step; the dashed line goes through the slowest model, and has the time that its multiply-adds would take. */
export function costTimePlot(models: readonly TimedModel[]): string {
  const milliseconds = ({ mean }: TimedModel): number => 1000 / mean;
  const slowest = models.reduce((most, model) => (model.mean < most.mean ? model : most));
  const macs = models.map((model) => model.macs);
  const [least, most] = [Math.min(...macs) / 2, Math.max(...macs) * 2];
  const proportional = [least, most].map((at) => [at, (milliseconds(slowest) * at) / slowest.macs]);
  const points = models.map((model) =>
    modelPoint({ ...model, name: model.model }, [model.macs, milliseconds(model)], 'left'),
  );
  const line = {
    type: 'line',
    name: 'proportional',
    data: proportional,
    showSymbol: false,
    lineStyle: { width: 1.25, type: 'dashed', color: 'var(--ink-faint)' },
    itemStyle: { color: 'var(--ink-faint)' },
  };
  const x = {
    name: 'MACs per step of one sample',
    log: true,
    label: formatMacs,
    range: [least, most],
  } as const;
  const y = { name: `ms per step of ${slowest.batch}`, log: true };
  return render({ name: 'figure-6', x, y, legend: false }, [line, ...points]);
}
