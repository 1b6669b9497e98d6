// `sdx plan`: which stages an experiment has, which are in the store, and why the others will run. Writes nothing.
import { ExitCode } from '../../errors.ts';
import { firstStageSpec } from '../../models/first-stage.ts';
import { countParams } from '../../models/init-params.ts';
import { unetSpec } from '../../models/unet.ts';
import { explainPlan, type Explanation } from '../../plan/explain.ts';
import type { PlanNode } from '../../plan/plan.ts';
import { formatParams } from '../../report/number-format.ts';
import { preparePlan } from '../../runner/prepare-plan.ts';
import { readRunRecord } from '../../runner/run-record.ts';
import { stages } from '../../stages/registry.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { PipelineOptions } from '../options.ts';
import { textTable } from '../text-table.ts';

export async function planCommand(
  experiment: string,
  overrides: readonly string[],
  options: PipelineOptions,
  io: Io,
): Promise<number> {
  const { config, digest, store } = await loadPipeline(experiment, overrides, options, io);
  const plan = await preparePlan({ config, store, stages, signal: io.signal });
  const cached = new Set<string>();
  for (const { key } of plan.nodes) if (await store.find(key)) cached.add(key);
  const last = await readRunRecord(store.runFile(config.name));
  const explanations = explainPlan(plan, cached, last?.nodes);
  const rows = plan.nodes.map((node, i) => ({ node, explanation: explanations[i]!, params: paramsOf(node) }));
  if (options.json) {
    const nodes = rows.map(
      ({ node: { id, kind, key, seed, inputs, params: settings }, explanation, params }) => ({
        id,
        kind,
        key,
        seed,
        inputs,
        state: explanation.state,
        why: explanation.why,
        ...(params === undefined ? {} : { networkParams: params }),
        params: settings,
      }),
    );
    io.stdout.write(`${JSON.stringify({ experiment: config.name, configDigest: digest, nodes }, null, 2)}\n`);
    return ExitCode.ok;
  }
  io.stdout.write(
    textTable(
      ['stage', 'key', 'params', 'state'],
      rows.map(({ node, explanation, params }) => [
        node.id,
        node.key.slice(0, 12),
        params === undefined ? '' : formatParams(params),
        stateText(explanation),
      ]),
    ),
  );
  const running = explanations.filter(({ state }) => state === 'will-run').length;
  io.stdout.write(
    `\n${explanations.length - running} of ${explanations.length} stages cached, ${running} to run\n`,
  );
  return ExitCode.ok;
}

function stateText({ state, why }: Explanation): string {
  return state === 'cached' ? 'cached' : `will run: ${why}`;
}

/** Parameters of the network that a stage trains or loads. */
function paramsOf({ kind, params }: PlanNode): number | undefined {
  if ('student' in params) return countParams(unetSpec(params.student.unet));
  if (kind === 'teacher' && 'unet' in params) return countParams(unetSpec(params.unet));
  if (kind === 'autoencoder' && 'network' in params && params.network)
    return countParams(firstStageSpec(params.network));
  return undefined;
}
