#!/usr/bin/env node
// The installed command: runs the compiled program.
import { existsSync } from 'node:fs';
import { URL } from 'node:url';

const entry = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(entry)) {
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error('error: sdx is not compiled yet\n  hint: npm run build');
  process.exitCode = 2;
}
