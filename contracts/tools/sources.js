// The Solidity files of a folder: what each declares, what it imports, and hashes of both.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..'); // contracts/: source units are named relative to it

const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');

/** Comments blanked, strings kept: enough to find declarations and imports. */
function stripComments(text) {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (match) =>
    match.startsWith('"') ? match : ' ',
  );
}

/** Names, relative to contracts/, of all .sol files below `folder`, sorted. */
function solidityFiles(folder) {
  const absolute = path.join(ROOT, folder);
  if (!fs.existsSync(absolute)) return [];
  return fs
    .readdirSync(absolute, { recursive: true })
    .filter((name) => name.endsWith('.sol'))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .sort();
}

/** Names of the contracts that `text` declares and that have code: no interfaces, no abstract ones. */
function declaredContracts(text) {
  const declarations = stripComments(text).matchAll(/(?:^|[;}\s])(abstract\s+)?contract\s+([A-Za-z_$][\w$]*)/g);
  return [...declarations].filter(([, abstract]) => !abstract).map(([, , name]) => name);
}

/** Source unit names that `text`, the file `unit`, imports. Only relative imports exist here. */
function imports(unit, text) {
  const found = stripComments(text).matchAll(/\bimport\s+(?:[^;"]*?\bfrom\s+)?"([^"]+)"[^;]*;/g);
  return [...found].map(([, target]) => {
    if (!target.startsWith('.')) throw new Error(`${unit}: import "${target}" is not relative`);
    return path.posix.join(path.posix.dirname(unit), target);
  });
}

/** `{unit: text}` of a file and everything it imports, in the order of their names. `exchanged`: `{unit: unit in its place}`. */
function closure(unit, exchanged = {}) {
  const texts = new Map();
  const pending = [unit];
  while (pending.length > 0) {
    const imported = pending.pop();
    const next = exchanged[imported] ?? imported;
    if (texts.has(next)) continue;
    const text = fs.readFileSync(path.join(ROOT, next), 'utf8');
    texts.set(next, text);
    pending.push(...imports(next, text));
  }
  return Object.fromEntries([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

module.exports = { ROOT, sha256, solidityFiles, declaredContracts, closure };
