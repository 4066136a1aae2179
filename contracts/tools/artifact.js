// From solc's output to an artifact: what deployment, verification and tests need, nothing that
// changes when an unrelated line does (AST ids, source positions, metadata).
'use strict';

/** Map from the AST id of every variable of a compilation to its name. */
function variableNames(node, names = new Map()) {
  if (Array.isArray(node)) node.forEach((each) => variableNames(each, names));
  else if (node && typeof node === 'object') {
    if (node.nodeType === 'VariableDeclaration') names.set(String(node.id), node.name);
    Object.values(node).forEach((each) => variableNames(each, names));
  }
  return names;
}

/** A storage layout without AST ids; type names keep their text, e.g. `t_struct(Claim)_storage`. */
function stableLayout(layout) {
  if (!layout) return { storage: [], types: {} };
  const text = JSON.stringify({ storage: layout.storage, types: layout.types ?? {} }, (key, value) =>
    key === 'astId' ? undefined : value,
  );
  return JSON.parse(text.replace(/\)(\d+)(?=[_,)"])/g, ')'));
}

/** References keyed by the immutable's name instead of its AST id. */
function namedImmutables(references, names) {
  const named = Object.entries(references ?? {}).map(([id, places]) => [names.get(id) ?? id, places]);
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The artifact of contract `name`, from solc's output for it and the AST of all its sources. */
function artifactOf(name, unit, output, asts) {
  const { bytecode, deployedBytecode, methodIdentifiers } = output.evm;
  return {
    contractName: name,
    sourceName: unit,
    abi: output.abi,
    selectors: methodIdentifiers,
    bytecode: `0x${bytecode.object}`,
    deployedBytecode: `0x${deployedBytecode.object}`,
    immutableReferences: namedImmutables(deployedBytecode.immutableReferences, variableNames(asts)),
    linkReferences: bytecode.linkReferences ?? {},
    storageLayout: stableLayout(output.storageLayout),
    transientStorageLayout: stableLayout(output.transientStorageLayout),
  };
}

/** One text for one value: two spaces, keys as constructed above, a final newline. */
const format = (value) => `${JSON.stringify(value, null, 2)}\n`;

module.exports = { artifactOf, format };
