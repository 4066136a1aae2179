// Compile contracts/src into contracts/artifacts, or contracts/test into build/test-artifacts.
//
//   compile.js                 all of src; removes artifacts whose contract is gone
//   compile.js --only NAME     one contract (repeatable)
//   compile.js --test [--only NAME]   test harnesses, never committed
//   compile.js --check         rebuild src in memory; exit 1 if artifacts or manifest differ
//   compile.js --no-cache      with any of these: compile even what build/ remembers
//
// Every file that declares a contract is compiled on its own, together with what it imports, so
// its artifact depends on nothing else, and build/solc remembers results by the hash of that input.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { artifactOf, format } = require('./artifact.js');
const { ROOT, sha256, solidityFiles, declaredContracts, closure } = require('./sources.js');

const CACHE = path.join(ROOT, '..', 'build', 'solc');
const COMPILER = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages['node_modules/solc'];
const TUNING = JSON.parse(fs.readFileSync(path.join(__dirname, 'settings.json'), 'utf8'));
const CODE_BYTES_MAX = 24_576; // EIP-170
const INITCODE_BYTES_MAX = 49_152; // EIP-3860

const tool = (name) => fs.readFileSync(path.join(__dirname, name), 'utf8');

function settings(name) {
  return {
    viaIR: true,
    remappings: Object.entries(TUNING.exchanged_by_contract[name] ?? {}).map((each) => each.join('=')),
    optimizer: { enabled: true, runs: TUNING.runs_by_contract[name] ?? TUNING.runs },
    evmVersion: 'prague', // py-evm, the verifier's EVM, stops there
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    outputSelection: {
      '*': {
        '': ['ast'],
        '*': [
          'abi',
          'evm.bytecode.object',
          'evm.bytecode.linkReferences',
          'evm.deployedBytecode.object',
          'evm.deployedBytecode.immutableReferences',
          'evm.methodIdentifiers',
          'storageLayout',
          'transientStorageLayout',
        ],
      },
    },
  };
}

/** Write a file whole or not at all, and only if it changes: others may read or build meanwhile. */
function writeIfChanged(file, text) {
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return false;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, file);
  return true;
}

/** solc's verdict on one input: `{artifacts, warnings}`; throws with all messages if there is an error. */
function runCompiler(unit, names, input) {
  const solc = require('solc');
  if (!solc.version().startsWith(`${COMPILER.version}+`)) throw new Error(`solc is ${solc.version()}: run make setup`);
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const messages = (output.errors ?? []).filter((each) => each.severity !== 'info');
  const errors = messages.filter((each) => each.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((each) => each.formattedMessage).join('\n'));
  const asts = Object.values(output.sources).map((each) => each.ast);
  return {
    artifacts: names.map((name) => artifactOf(name, unit, output.contracts[unit][name], asts)),
    warnings: messages.map((each) => each.formattedMessage),
  };
}

/** Compile one file with its imports, or recall the result. */
function compileUnit(unit, sources, useCache) {
  const names = declaredContracts(sources[unit]);
  const contents = Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }]));
  const input = { language: 'Solidity', sources: contents, settings: settings(names[0]) };
  const tools = ['artifact.js', 'compile.js'].map(tool);
  const key = sha256(JSON.stringify([COMPILER.version, COMPILER.integrity, input, tools]));
  const cached = path.join(CACHE, `${path.basename(unit, '.sol')}-${key.slice(0, 24)}.json`);
  if (useCache && fs.existsSync(cached)) return JSON.parse(fs.readFileSync(cached, 'utf8'));
  const started = Date.now();
  const result = runCompiler(unit, names, input);
  console.error(`compiled ${unit} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  writeIfChanged(cached, format(result));
  return result;
}

/** Compile the chosen contracts of a folder: `[{artifact, sources, warnings}]` by name. */
function build(folder, only, useCache) {
  const found = new Map();
  for (const unit of solidityFiles(folder)) {
    const declared = declaredContracts(fs.readFileSync(path.join(ROOT, unit), 'utf8'));
    if (declared.length === 0 || (only && !declared.some((name) => only.includes(name)))) continue;
    const sources = closure(unit, TUNING.exchanged_by_contract[declared[0]]);
    const { artifacts, warnings } = compileUnit(unit, sources, useCache);
    for (const artifact of artifacts) {
      const name = artifact.contractName;
      if (found.has(name)) throw new Error(`two contracts are named ${name}: ${unit} has the second`);
      if (!only || only.includes(name)) found.set(name, { artifact, sources, warnings });
    }
  }
  const missing = (only ?? []).filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`no contract in ${folder}/ is named ${missing.join(', ')}`);
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, built]) => built);
}

/** What manifest.json says of one artifact: its hash, and those of all sources that it comes from. */
function manifestEntry({ artifact, sources }) {
  const hashes = Object.entries(sources).map(([name, text]) => [name, sha256(text)]);
  return {
    sha256: sha256(format(artifact)),
    runs: settings(artifact.contractName).optimizer.runs,
    sources: Object.fromEntries(hashes),
  };
}

/** Hashes of what turns sources into artifacts: without Node they show that it did not change. */
function toolHashes() {
  const names = ['artifact.js', 'compile.js', 'settings.json', 'sources.js'];
  return Object.fromEntries(names.map((name) => [`tools/${name}`, sha256(tool(name))]));
}

function manifestOf(entries, tools) {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  const { outputSelection, optimizer, remappings, ...shared } = settings('');
  return format({ solc: COMPILER.version, tools, settings: shared, artifacts: Object.fromEntries(sorted) });
}

/** Name, code bytes and init code bytes; throws if L1 would refuse the code. */
function sizes({ contractName, deployedBytecode, bytecode }) {
  const [code, init] = [deployedBytecode, bytecode].map((hex) => (hex.length - 2) / 2);
  return { name: contractName, code, init, fits: code <= CODE_BYTES_MAX && init <= INITCODE_BYTES_MAX };
}

/** Names of the files in artifacts/ that differ from what the sources give. */
function staleFiles(folder, expected) {
  const present = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const names = new Set([...present, ...expected.keys()]);
  const read = (name) => (present.includes(name) ? fs.readFileSync(path.join(folder, name), 'utf8') : undefined);
  return [...names].filter((name) => read(name) !== expected.get(name)).sort();
}

function main() {
  const { values: options } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      test: { type: 'boolean' },
      check: { type: 'boolean' },
      'no-cache': { type: 'boolean' },
    },
  });
  const folder = options.test ? path.join(ROOT, '..', 'build', 'test-artifacts') : path.join(ROOT, 'artifacts');
  const built = build(options.test ? 'test' : 'src', options.only, !options['no-cache']);
  const warnings = new Set(built.flatMap((each) => each.warnings));
  warnings.forEach((text) => console.error(text));

  const expected = new Map(built.map(({ artifact }) => [`${artifact.contractName}.json`, format(artifact)]));
  const entries = Object.fromEntries(built.map((each) => [each.artifact.contractName, manifestEntry(each)]));
  const manifest = path.join(folder, 'manifest.json');
  const known = options.only && fs.existsSync(manifest) ? JSON.parse(fs.readFileSync(manifest, 'utf8')) : {};
  expected.set('manifest.json', manifestOf({ ...known.artifacts, ...entries }, known.tools ?? toolHashes()));

  const tooLarge = built.map(({ artifact }) => sizes(artifact)).filter(({ fits }) => !fits && !options.test);
  tooLarge.forEach(({ name, code, init }) => console.error(`${name}: ${code} bytes of code (of ${CODE_BYTES_MAX}), ${init} of init code (of ${INITCODE_BYTES_MAX})`));

  if (options.check) {
    const stale = staleFiles(folder, expected);
    stale.forEach((name) => console.error(`contracts/artifacts/${name} is not what contracts/src gives: run make contracts`));
    return stale.length + tooLarge.length + warnings.size === 0 ? 0 : 1;
  }
  if (!options.only) {
    const gone = staleFiles(folder, expected).filter((name) => !expected.has(name));
    gone.forEach((name) => fs.unlinkSync(path.join(folder, name)));
  }
  const changed = [...expected].filter(([name, text]) => writeIfChanged(path.join(folder, name), text));
  const table = built.map(({ artifact }) => sizes(artifact));
  table.forEach(({ name, code }) => console.log(`${name.padEnd(32)} ${String(code).padStart(6)} bytes${changed.some(([file]) => file === `${name}.json`) ? '  changed' : ''}`));
  return tooLarge.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
