"""The forest against a naive tree, against merkletools, and its proofs against a naive reader."""

from random import Random

import merkletools
import pytest

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.forest import ZERO, Forest, Tree, hash_leaf, hash_node
from strikeproof.sequencer.core.record_key import record_key
from strikeproof.wire.layout import KIND_HEIGHTS


def naive_root(height: int, leaves: dict[int, bytes]) -> bytes:
    nodes = dict(leaves)
    for _ in range(height):
        parents = {index >> 1 for index in nodes}
        nodes = {
            index: hash_node(nodes.get(2 * index, ZERO), nodes.get(2 * index + 1, ZERO))
            for index in parents
        }
    return nodes.get(0, ZERO)


def leaf_of(number: int) -> bytes:
    return keccak256(b"leaf" + number.to_bytes(8, "big"))


@pytest.mark.parametrize("height", [0, 1, 7, 8, 9, 12, 16, 22, 24, 30])
@pytest.mark.parametrize("seed", range(3))
def test_tree_in_random_batches_is_the_naive_tree(height, seed):
    random = Random(f"{height} {seed}")
    tree = Tree(height)
    leaves: dict[int, bytes] = {}
    assert tree.root == ZERO
    for _ in range(8):
        near = random.randrange(2**height)
        batch = {}
        for _ in range(random.choice([1, 2, 30])):
            id = random.choice([near ^ random.randrange(4), random.randrange(2**height)])
            batch[min(id, 2**height - 1)] = random.randbytes(32)
        leaves |= batch
        tree.update(sorted(batch.items()))
        assert tree.root == naive_root(height, leaves)
        for id in [*batch, random.randrange(2**height)]:
            assert tree.leaf(id) == leaves.get(id, ZERO)


@pytest.mark.parametrize("height", [1, 4, 8, 10])
def test_full_tree_is_that_of_merkletools(height):
    """merkletools hashes pairs bare: with the node's prefix in its hash, a full tree is ours."""
    tree = Tree(height)
    leaves = [leaf_of(id) for id in range(2**height)]
    tree.update(list(enumerate(leaves)))
    oracle = merkletools.MerkleTools(hash_type="sha256")
    oracle.hash_function = lambda data=b"": _Digest(b"\1" + data)
    oracle.add_leaf([leaf.hex() for leaf in leaves], do_hash=False)
    oracle.make_tree()
    assert oracle.get_merkle_root() == tree.root.hex()
    for id in (0, 1, 2**height - 1):
        path = [next(iter(step.values())) for step in oracle.get_proof(id)]
        ours = [tree.node(level, (id >> level) ^ 1).hex() for level in range(height)]
        assert path == ours


class _Digest:
    def __init__(self, data: bytes) -> None:
        self._digest = keccak256(data)

    def digest(self) -> bytes:
        return self._digest

    def hexdigest(self) -> str:
        return self._digest.hex()


def test_node_with_one_empty_child_is_not_the_other_child():
    """Attack 8: that shortcut would allow false proofs of absence."""
    tree = Tree(3)
    tree.update([(5, leaf_of(1))])
    once = keccak256(b"\1" + ZERO + leaf_of(1))
    assert tree.node(1, 2) == once
    assert tree.root == keccak256(b"\1" + ZERO + keccak256(b"\1" + once + ZERO))


def test_leaves_bind_key_and_record():
    """Attack 8: a leaf passes at no other key, nor as an inner node."""
    record = bytes(32)
    assert hash_leaf(1, record) == keccak256(b"\0" + bytes(7) + b"\1" + record)
    assert len({hash_leaf(key, record) for key in (1, 2, 1 << 56 | 1)}) == 3


def test_order_of_updates_does_not_matter():
    """Attack 9."""
    random = Random(9)
    ids = random.sample(range(2**22), 200)
    one, other = Tree(22), Tree(22)
    one.update(sorted((id, leaf_of(id)) for id in ids))
    for id in ids:
        other.update([(id, leaf_of(id + 1))])
    random.shuffle(ids)
    for id in ids:
        other.update([(id, leaf_of(id))])
    assert one.root == other.root


def test_update_reports_changed_records_and_counts_hashes():
    forest = Forest()
    records = [(record_key(1, 5), b"\1" * 64), (record_key(5, 2), b"\2" * 32)]
    assert forest.update(records) == records
    assert forest.hash_count == 2 + KIND_HEIGHTS[1] + KIND_HEIGHTS[5]
    root = forest.root()
    assert forest.update(records) == []
    changed = [records[0], (record_key(5, 2), b"\3" * 32)]
    assert forest.update(changed) == changed[1:]
    assert forest.root() != root


@pytest.mark.parametrize("height", [8, 12, 22, 30])
def test_node_above_several_changed_leaves_is_hashed_once(height):
    tree = Tree(height)
    assert tree.update([(0, leaf_of(0))]) == height
    assert tree.update([(0, leaf_of(1)), (1, leaf_of(2))]) == height
    assert tree.update([(id, leaf_of(id)) for id in range(4)]) == height + 1
    far = 2**height - 1
    assert tree.update([(0, leaf_of(5)), (far, leaf_of(6))]) == 2 * height - 1


def test_state_root_is_over_sixteen_kind_roots():
    forest = Forest()
    record = (record_key(0, 0), b"\1" * 96)
    forest.update([record])
    assert forest.root() == keccak256(b"\2" + hash_leaf(*record) + bytes(15 * 32))


def verify(root: bytes, records: dict[int, bytes], proof: bytes) -> bool:
    """Read a multiproof as docs/protocol/challenges.md says: an independent reader."""
    size = int.from_bytes(proof[:2], "big")
    bits = [bool(proof[2 + i // 8] & 0x80 >> i % 8) for i in range(8 * size)]
    rest = proof[2 + size :]

    def take() -> bytes:
        nonlocal rest
        if not bits.pop(0):
            return ZERO
        node, rest = rest[:32], rest[32:]
        assert len(node) == 32
        return node

    roots = []
    for kind in range(16):
        nodes = {
            key % 2**56: hash_leaf(key, record) if record else ZERO
            for key, record in records.items()
            if key >> 56 == kind
        }
        if not nodes:
            roots.append(take())
            continue
        for _ in range(KIND_HEIGHTS[kind]):
            parents = {}
            for index in sorted(nodes):
                if index >> 1 in parents:
                    continue
                sibling = nodes[index ^ 1] if index ^ 1 in nodes else take()
                pair = (nodes[index], sibling) if index % 2 == 0 else (sibling, nodes[index])
                parents[index >> 1] = hash_node(*pair)
            nodes = parents
        roots.append(nodes[0])
    assert not rest
    assert len(bits) < 8
    assert not any(bits)
    return keccak256(b"\2" + b"".join(roots)) == root


@pytest.mark.parametrize("seed", range(12))
def test_multiproof_opens_records_and_absences(seed):
    random = Random(seed)
    forest = Forest()
    records = {record_key(0, 0): b"\1" * 96}
    for kind, height in enumerate(KIND_HEIGHTS[1:7], start=1):
        for _ in range(random.randrange(60)):
            id = random.choice([random.randrange(2**height), random.randrange(16)])
            records[record_key(kind, id)] = random.randbytes(32 * random.randrange(1, 4))
    forest.update(sorted(records.items()))
    root = forest.root()
    keys = random.sample(sorted(records), min(len(records), random.randrange(1, 20)))
    opened = {key: records[key] for key in keys}
    for _ in range(random.randrange(4)):
        kind = random.randrange(1, 7)
        key = record_key(kind, random.randrange(2 ** KIND_HEIGHTS[kind]))
        opened[key] = records.get(key, b"")
    proof = forest.prove(opened)
    assert verify(root, opened, proof)
    lie = random.choice(sorted(opened))
    assert not verify(root, opened | {lie: opened[lie] + bytes(32)}, proof)


def test_proof_of_nothing_is_the_kind_roots():
    forest = Forest()
    forest.update([(record_key(0, 0), b"\1" * 96)])
    assert forest.prove([]) == b"\0\2\x80\0" + forest.trees[0].root
    assert verify(forest.root(), {}, forest.prove([]))


def test_key_outside_its_tree_has_no_proof():
    forest = Forest()
    for key in (record_key(1, 2**22), record_key(0, 1), record_key(3, 256)):
        with pytest.raises(ValueError, match="outside its tree"):
            forest.prove([key])
