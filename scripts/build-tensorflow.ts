// Installs what the engine tensorflow needs into a folder, from npm and PyPI alone, for where the hosts cannot be reached
// that the install script of @tensorflow/tfjs-node downloads libtensorflow from (Linux on x86-64):
//
//     npx tsx scripts/build-tensorflow.ts ~/tensorflow
//     SDX_TENSORFLOW=~/tensorflow npx sdx doctor
//
// libtensorflow and its headers come from the wheel of TensorFlow for Python, none of whose Python is run; the native
// binding is compiled against them. Needs npm, Python with pip (PYTHON, else python3) and a C++ compiler (CXX, else c++).
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { version_core } from '@tensorflow/tfjs-core';
import { squares } from '../src/engine/onnx/check-device.ts';
import { tensorflowEngine } from '../src/engine/tensorflow/engine.ts';
import { inFolder } from '../src/engine/tensorflow/find-package.ts';

/** The headers of Node-API, which Node.js installs with itself in some packages and in others not. */
const nodeHeaders = 'node-api-headers@1.9.0';
const nodeApiVersion = 8;

const python = process.env['PYTHON'] ?? 'python3';
const compiler = process.env['CXX'] ?? 'c++';

/** Unpacks from the wheel in `argv[1]` to the folder `argv[2]` what is linked to and compiled against. */
const unpack = `
import glob, os, shutil, sys, zipfile
wheel, = glob.glob(os.path.join(sys.argv[1], '*.whl'))
wanted = ('tensorflow/libtensorflow_', 'tensorflow/include/tensorflow/c/', 'tensorflow/include/tensorflow/tsl/',
          'tensorflow/include/tensorflow/core/platform/ctstring')
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        if entry.is_dir() or not entry.filename.startswith(wanted): continue
        name = entry.filename.removeprefix('tensorflow/')
        target = os.path.join(sys.argv[2], name if name.startswith('include/') else 'lib/' + name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(entry) as source, open(target, 'wb') as file: shutil.copyfileobj(source, file)
`;

async function main(folder: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('only for Linux on x86-64: PyPI has libtensorflow with this C API for no other system');
  await mkdir(folder, { recursive: true });
  await installPackage(folder);
  const root = path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
  await unpackLibtensorflow(folder, path.join(root, 'deps'));
  await compileBinding(folder, root);

  const engine = tensorflowEngine({ places: [inFolder(folder)] });
  const found = await squares(engine);
  const { libtensorflow = '', device = '' } = engine.describe();
  console.log(`libtensorflow ${libtensorflow} on the ${device}: the squares of 2 and 3 are ${found}`);
  console.log(`set SDX_TENSORFLOW=${folder}`);
}

/** tfjs-node as npm has it, without the downloads of its install script. */
async function installPackage(folder: string): Promise<void> {
  console.log(`@tensorflow/tfjs-node ${version_core} from npm`);
  await writeFile(inFolder(folder), `${JSON.stringify({ private: true })}\n`);
  const packages = [`@tensorflow/tfjs-node@${version_core}`, nodeHeaders];
  const flags = ['--ignore-scripts', '--save-exact', '--no-audit', '--no-fund', '--prefer-offline'];
  await execa('npm', ['install', ...flags, ...packages], { cwd: folder, stderr: 'inherit' });
}

/** Libraries and headers, 560 MB, where the package's own install script would lay them. */
async function unpackLibtensorflow(folder: string, deps: string): Promise<void> {
  console.log('libtensorflow from PyPI (232 MB)');
  const wheel = path.join(folder, 'wheel');
  const requirements = path.join(import.meta.dirname, 'libtensorflow.txt');
  // The wheel for one release of Python: the libraries are the same in all of them.
  const platforms = ['manylinux2014_x86_64', 'manylinux_2_17_x86_64'].flatMap((name) => ['--platform', name]);
  const choice = ['--no-deps', '--only-binary', ':all:', '--python-version', '3.10', ...platforms];
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-cache-dir', '--disable-pip-version-check'];
  await execa(python, [...pip, ...choice, '--requirement', requirements, '--dest', wheel], {
    stderr: 'inherit',
  });
  await execa(python, ['-c', unpack, wheel, deps], { stderr: 'inherit' });
  await rm(wheel, { recursive: true });
  for (const [library, link] of [
    ['libtensorflow_cc.so.2', 'libtensorflow.so'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
  ] as const) {
    await rm(path.join(deps, 'lib', link), { force: true });
    await symlink(library, path.join(deps, 'lib', link));
  }
}

/** What tfjs-node's binding.gyp says of Linux, without node-gyp, which would download Node.js' headers. */
async function compileBinding(folder: string, root: string): Promise<void> {
  console.log('the native binding');
  const output = path.join('lib', `napi-v${nodeApiVersion}`, 'tfjs_binding.node');
  await mkdir(path.dirname(path.join(root, output)), { recursive: true });
  const includes = ['.', 'deps/include', path.resolve(folder, 'node_modules/node-api-headers/include')];
  await execa(
    compiler,
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', `-DNAPI_VERSION=${nodeApiVersion}`],
      ...includes.map((include) => `-I${include}`),
      ...['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
      ...['-Ldeps/lib', '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
      ...['-o', output],
    ],
    { cwd: root, stderr: 'inherit' },
  );
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: npx tsx scripts/build-tensorflow.ts <folder>');
  process.exitCode = 2;
} else await main(path.resolve(folder));
