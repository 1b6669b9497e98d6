// The command line, which sends itself a signal in the middle of a stage: when a stage of kind KIND tells its progress
// for the COUNT-th time. Arguments: signal, kind, count, then those of sdx.
import { main } from '../../../src/cli/main.ts';
import type { StageKind } from '../../../src/plan/stage-params.ts';
import { stages } from '../../../src/stages/registry.ts';
import type { Stage, StageContext } from '../../../src/stages/stage.ts';

const [signal = '', kind = '', count = '', ...argv] = process.argv.slice(2);
const stage: Stage = stages[kind as StageKind];
let heard = 0;

const signalling: Stage = {
  ...stage,
  run: (context: StageContext<never>) =>
    stage.run({
      ...context,
      emit: (event) => {
        context.emit(event);
        if (event.type === 'progress' && ++heard === Number(count)) process.kill(process.pid, signal);
      },
    }),
};
Object.assign(stages, { [kind]: signalling });
process.exitCode = await main(argv);
