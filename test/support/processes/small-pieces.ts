// The command line with stages that can be divided on the smallest data: latents by 16 images, samples and features
// by one batch.
import { main } from '../../../src/cli/main.ts';
import { latentsStageOf } from '../../../src/stages/kinds/latents/run.ts';
import { stages } from '../../../src/stages/registry.ts';
import { sampleStageOf } from '../../../src/stages/kinds/sample/run.ts';

Object.assign(stages, { latents: latentsStageOf(16), sample: sampleStageOf(1) });
process.exitCode = await main(process.argv.slice(2));
