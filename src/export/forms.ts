// The forms in which models leave sdx, one row each: what a form holds, and its writer, which is loaded when it is
// called. `network`: one network of the experiment. `model`: a model with everything that makes images of its noise.
import type { Experiment } from '../config/types.generated.ts';
import type { ExperimentNetwork } from './experiment-networks.ts';
import type { ModelWriter } from './model-forms/export-model.ts';
import type { Precision } from './onnx/weights.ts';
import type { NetworkWriter } from './network-forms/export-network.ts';
import type { PageWriter } from './web/write-page.ts';

interface FormOptions {
  /** What weights may be stored as; float32 alone if absent. */
  readonly precisions?: readonly Precision[];
}

export interface NetworkForm extends FormOptions {
  readonly holds: 'network';
  /** Whether averaged weights may stand beside those as trained. */
  readonly bothSets?: true;
  readonly writer: () => Promise<NetworkWriter>;
}

export interface ModelForm extends FormOptions {
  readonly holds: 'model';
  /** Writes a page around the folders of the model and of its teacher; absent: the output is the model's folder. */
  readonly page?: (config: Experiment) => Promise<PageWriter>;
  readonly writer: () => Promise<ModelWriter>;
}

export type ExportForm = 'safetensors' | 'diffusers' | 'onnx' | 'pipeline' | 'web';

/** A form that holds a network where a file with its ending is asked for, and else a whole model in a folder. */
interface FileOrFolder {
  readonly ending: string;
  readonly file: NetworkForm;
  readonly folder: ModelForm;
}

const exportForms: Readonly<Record<ExportForm, NetworkForm | ModelForm | FileOrFolder>> = {
  safetensors: {
    holds: 'network',
    bothSets: true,
    writer: async () => (await import('./network-forms/safetensors.ts')).safetensorsWriter,
  },
  diffusers: {
    holds: 'network',
    writer: async () => (await import('./network-forms/diffusers.ts')).diffusersWriter,
  },
  onnx: {
    ending: '.onnx',
    file: {
      holds: 'network',
      precisions: ['float32', 'float16', 'int8'],
      writer: async () => (await import('./network-forms/onnx.ts')).onnxWriter,
    },
    folder: {
      holds: 'model',
      precisions: ['float32', 'float16', 'int8'],
      writer: async () => (await import('./model-forms/onnx.ts')).onnxModelWriter,
    },
  },
  pipeline: {
    holds: 'model',
    writer: async () => (await import('./pipeline/write-pipeline.ts')).pipelineWriter,
  },
  web: {
    holds: 'model',
    precisions: ['float32', 'float16'],
    writer: async () => (await import('./model-forms/onnx.ts')).onnxModelWriter,
    page: async (config) => (await import('./web/write-page.ts')).openPageWriter(config),
  },
};

/** The form `name` as `output` asks for it; a folder takes models alone. */
export function formFor(
  name: ExportForm,
  output: string,
  kind: ExperimentNetwork['kind'],
): NetworkForm | ModelForm {
  const form = exportForms[name];
  if ('holds' in form) return form;
  return output.endsWith(form.ending) || kind !== 'unet' ? form.file : form.folder;
}
