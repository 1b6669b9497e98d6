// The promise of Program.run, kept in one place for all engines: before a run resolves, the event loop has turned once,
// so that signals, timers and finished reads are heard between two runs. Without it a loop of runs that compute within
// the call, as TF.js's backends do, starves the process: microtasks alone never let the loop turn. A turn of an idle
// loop costs 3 to 6 microseconds, a thousandth of the shortest training steps.
import { setImmediate as turn } from 'node:timers/promises';
import type { Engine, HostTensors, Program } from './engine.ts';

/** `engine`, with programs that keep the promise. Every engine is made through this. */
export function letEventLoopTurn(engine: Engine): Engine {
  return {
    ...engine,
    compile: async (fn, signature) => new TurningProgram(await engine.compile(fn, signature)),
  };
}

class TurningProgram implements Program {
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    const outputs = await this.#program.run(inputs);
    await turn();
    return outputs;
  }

  getState(): Promise<HostTensors> {
    return this.#program.getState();
  }

  viewState(): Promise<HostTensors> {
    return this.#program.viewState();
  }

  setState(state: HostTensors): void {
    this.#program.setState(state);
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}
