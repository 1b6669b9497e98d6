// The command line, which sends itself a signal in the middle of a stage: when a stage of kind KIND tells its progress
// for the COUNT-th time. Arguments: signal, kind, count, then those of sdx.
import { main } from '../../../src/cli/main.ts';
import type { StageKind } from '../../../src/stages/catalog.ts';
import { stages } from '../../../src/stages/registry.ts';
import type { AnyStage } from '../../../src/stages/stage.ts';

const [signal = '', kind = '', count = '', ...argv] = process.argv.slice(2);
const stage: AnyStage = stages[kind as StageKind];
let heard = 0;

const signalling: AnyStage = {
  ...stage,
  run: (context) =>
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
