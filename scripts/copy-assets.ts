// Copies what tsc leaves behind: files of src/ that are no TypeScript (Python that goes along with exports) to their
// places in dist/.
import { cp } from 'node:fs/promises';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

await cp(path.join(root, 'src'), path.join(root, 'dist'), {
  recursive: true,
  filter: (file) => !file.endsWith('.ts') && !file.includes('__pycache__'),
});
