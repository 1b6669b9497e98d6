// What the trainings of a plan are predicted to take of the memory, as text and as data.
import { plainScreen, textTable, type Screen } from '../report/formats/text-table.ts';
import { wrapParagraph } from '../report/formats/wrap-text.ts';
import { isTooLarge, type FittedTraining, type Machine } from '../runner/fit-memory.ts';
import { formatBytes } from '../report/table/number-format.ts';

/** A table with a note; empty where nothing is trained. */
export function memoryText(
  trainings: readonly FittedTraining[],
  machine: Machine | undefined,
  screen: Screen = plainScreen,
): string {
  if (machine === undefined || trainings.length === 0) return '';
  const rows = trainings.map((training) => {
    const { id, batchSize, peak, chosen } = training;
    const parts = peak.samples === batchSize ? '' : ` of ${batchSize}`;
    return [
      id,
      `${peak.samples}${parts}${chosen ? ' (auto)' : ''}`,
      formatBytes(peak.activationBytes),
      formatBytes(peak.bytes),
      isTooLarge(training, machine) ? 'no' : 'yes',
    ];
  });
  const table = textTable(['training', 'samples at once', 'activations', 'peak', 'fits'], rows, screen);
  return `\n${table}\n${wrapParagraph(noteOf(machine), screen.width)}`;
}

function noteOf({ device, memoryBytes }: Machine): string {
  const there = memoryBytes === undefined ? 'not known (set memory)' : formatBytes(memoryBytes);
  return device === 'cpu'
    ? `peak: of the process, predicted within 15%; memory: ${there}. microBatch computes fewer samples at once.`
    : `peak: of ${device}'s memory, predicted and not yet measured on one; memory: ${there}. microBatch computes fewer samples at once.`;
}

/** The same as data. */
export function memoryJson(training: FittedTraining, machine: Machine): object {
  const { peak, chosen } = training;
  return {
    samplesAtOnce: peak.samples,
    chosen,
    peakBytes: peak.bytes,
    activationBytes: peak.activationBytes,
    memoryBytes: machine.memoryBytes ?? null,
    fits: !isTooLarge(training, machine),
  };
}
