// README.md of an exported pipeline: a model card in the form of the Hugging Face hub, made of what the configuration and
// the store know. It has no dates, and says nothing that was not measured.
import { paperBibtex } from '../../../report/paper.ts';
import { escapeMarkdown } from '../../../report/formats/markdown.ts';
import { sdxVersion } from '../../../runner/sdx-version.ts';
import type { WholeModel } from '../../model-forms/export-model.ts';
import type { Component } from '../component.ts';
import { dataFacts, kindOf, scoreFacts, sizeRows, trainingFacts, type Fact } from './facts.ts';
import { usageLines, usageNotes } from './usage.ts';

/** Markdown of the card; `ownFiles`: the Python files that go along with the components. */
export function modelCard(
  model: WholeModel,
  components: readonly Component[],
  ownFiles: readonly string[],
): string {
  const { config, trained } = model;
  const { rows, notes } = scoreFacts(model);
  const parts = [
    frontMatter(model),
    `# ${escapeMarkdown(`${config.name}: ${trained.params.model}`)}`,
    escapeMarkdown(config.description),
    kindOf(model),
    '## How to use',
    code('python', usageLines(model, ownFiles.length > 0)),
    ...usageNotes(model, ownFiles),
    '## Sizes',
    table(['part', 'class', 'parameters'], sizeRows(components)),
    '## Data',
    list(dataFacts(model)),
    '## Scores',
    rows.length === 0 ? 'This model has not been scored.' : table(['metric', 'value'], rows),
    ...notes.map(escapeMarkdown),
    '## Training',
    list(trainingFacts(model)),
    '## Citation',
    code('bibtex', [...paperBibtex, '', ...sdxBibtex()]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function frontMatter({ trained }: WholeModel): string {
  const captions = trained.params.conditioning?.network.kind === 'text';
  return [
    '---',
    'library_name: diffusers',
    `pipeline_tag: ${captions ? 'text-to-image' : 'unconditional-image-generation'}`,
    'tags:',
    ...['diffusion', 'distillation', 'spectral-diffusion', 'sdx'].map((tag) => `  - ${tag}`),
    '---',
  ].join('\n');
}

function sdxBibtex(): string[] {
  return [
    '@software{sdx,',
    '  title = {sdx: reproducible experiments with slim diffusion models},',
    '  author = {{The authors of sdx}},',
    `  version = {${sdxVersion()}}`,
    '}',
  ];
}

function code(language: string, lines: readonly string[]): string {
  return ['```' + language, ...lines, '```'].join('\n');
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(heads),
    line(heads.map(() => '---')),
    ...rows.map((cells) => line(cells.map(escapeMarkdown))),
  ].join('\n');
}

function list(facts: readonly Fact[]): string {
  return facts.map(([label, value]) => `- ${label}: ${escapeMarkdown(value)}`).join('\n');
}
