#!/usr/bin/env node
// The installed command: runs the compiled program, if it is there and Node is new enough for it.
import { existsSync, readFileSync } from 'node:fs';
import { URL } from 'node:url';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const needed = engines.node.replace('>=', '');
const entry = new URL('../dist/cli/main.js', import.meta.url);
if (process.versions.node.localeCompare(needed, 'en', { numeric: true }) < 0) {
  console.error(`error: sdx needs Node ${needed} or newer; this is Node ${process.versions.node}`);
  process.exitCode = 2;
} else if (existsSync(entry)) {
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error('error: sdx is not compiled yet\n  hint: npm run build');
  process.exitCode = 2;
}
