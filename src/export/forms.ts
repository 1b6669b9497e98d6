// The forms in which models leave sdx, one row each: what a form holds, and its writer, which is loaded when it is
// called. `network`: one network of the experiment. `model`: a model with everything that makes images of its noise.
import type { ModelWriter } from './model-forms/export-model.ts';
import type { NetworkWriter } from './network-forms/export-network.ts';

export interface NetworkForm {
  readonly holds: 'network';
  /** Whether averaged weights may stand beside those as trained. */
  readonly bothSets?: true;
  readonly writer: () => Promise<NetworkWriter>;
}

export interface ModelForm {
  readonly holds: 'model';
  readonly writer: () => Promise<ModelWriter>;
}

export type ExportForm = 'safetensors' | 'diffusers' | 'onnx' | 'pipeline';

export const exportForms: Readonly<Record<ExportForm, NetworkForm | ModelForm>> = {
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
    holds: 'network',
    writer: async () => (await import('./network-forms/onnx.ts')).onnxWriter,
  },
  pipeline: {
    holds: 'model',
    writer: async () => (await import('./pipeline/write-pipeline.ts')).pipelineWriter,
  },
};
