// Where the smallest experiment lies that has every kind of stage.
import path from 'node:path';

export const tinyExperiment = path.join(import.meta.dirname, 'tiny.yaml');
