// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The law of a family of segments, as everybody calls it (docs/protocol/law-interface.md, segments.md)
/// @notice Pure: the outcome depends on the arguments and, off L1, on the answers to `load` and `advise`.
interface ILaw {
    /// @notice Execute one segment.
    /// @param segment The segment's input: family, header time, then declaration and ordered ops, or the inbox's messages.
    /// @param records (key u64, words u8, data)*, keys strictly rising.
    /// @param advice Predecessor slots, u32 each, in order of use.
    /// @return result touched u16, advice used u16, weights, flags, results, changed records.
    function execute(bytes calldata segment, bytes calldata records, bytes calldata advice)
        external
        view
        returns (bytes memory result);

    /// @notice The pure modules that this law calls, in the order in which the law id hashes their code.
    function modules() external view returns (address[] memory addresses);
}
