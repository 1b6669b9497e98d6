// Unit tests start no processes: one that tries fails, by name. Tests with processes live in test/processes.
import childProcess, { ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

function refuse(): never {
  throw new Error('unit tests start no processes: this test belongs to test/processes');
}

// Everything asynchronous ends up here, also what libraries start.
Object.assign(ChildProcess.prototype, { spawn: refuse });
Object.assign(childProcess, { spawnSync: refuse, execSync: refuse, execFileSync: refuse });
syncBuiltinESMExports();
