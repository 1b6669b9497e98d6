// What a run that trains takes from its experiment: how trainings are logged, and what they have to fit into.
import type { Experiment } from '../config/types.generated.ts';
import { machineOf } from './fit-memory.ts';
import type { RunOptions } from './run-plan.ts';
import type { Team } from './team.ts';
import { logSettings } from './training-log/training-logger.ts';

export function trainingNeeds(
  config: Experiment,
  team: Team | undefined,
): Pick<RunOptions, 'log' | 'machine'> {
  const machine = machineOf(config, team?.size);
  return { log: logSettings(config), ...(machine && { machine }) };
}
