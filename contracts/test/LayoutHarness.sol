// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import "../src/generated/Params.sol";
import "../src/generated/Results.sol";
import "../src/generated/Layout.sol";

/// @notice Reads and writes records through the generated accessors, for comparison with Python.
contract LayoutHarness {
    function pointerTo(bytes memory data) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(data, 32)
        }
    }

    /// @notice The fields of an account's head and of its element `index`, in order.
    function readAccount(bytes memory data, uint256 index) external pure returns (int256[16] memory fields) {
        uint256 head = pointerTo(data);
        fields[0] = int256(AccountRecord.version(head));
        fields[1] = int256(AccountRecord.owner(head));
        fields[2] = int256(AccountRecord.positionCount(head));
        fields[3] = int256(AccountRecord.epochCounter(head));
        fields[4] = AccountRecord.collateral(head);
        fields[5] = int256(AccountRecord.withdrawn(head));
        uint256 position = AccountRecord.element(head, index);
        fields[6] = int256(AccountPosition.instrument(position));
        fields[7] = int256(AccountPosition.openOrders(position));
        fields[8] = int256(AccountPosition.epoch(position));
        fields[9] = AccountPosition.size(position);
        fields[10] = int256(AccountPosition.linked(position));
        fields[11] = int256(AccountPosition.reduceLots(position));
        fields[12] = int256(AccountPosition.buyLots(position));
        fields[13] = int256(AccountPosition.sellLots(position));
        fields[14] = int256(AccountPosition.buyValue(position));
        fields[15] = int256(AccountPosition.sellValue(position));
    }

    /// @notice `data` with the fields of its head and of its element `index` overwritten.
    function writeAccount(bytes memory data, uint256 index, int256[16] memory fields)
        external
        pure
        returns (bytes memory)
    {
        uint256 head = pointerTo(data);
        AccountRecord.setVersion(head, uint256(fields[0]));
        AccountRecord.setOwner(head, uint256(fields[1]));
        AccountRecord.setPositionCount(head, uint256(fields[2]));
        AccountRecord.setEpochCounter(head, uint256(fields[3]));
        AccountRecord.setCollateral(head, fields[4]);
        AccountRecord.setWithdrawn(head, uint256(fields[5]));
        uint256 position = AccountRecord.element(head, index);
        AccountPosition.setInstrument(position, uint256(fields[6]));
        AccountPosition.setOpenOrders(position, uint256(fields[7]));
        AccountPosition.setEpoch(position, uint256(fields[8]));
        AccountPosition.setSize(position, fields[9]);
        AccountPosition.setLinked(position, uint256(fields[10]));
        AccountPosition.setReduceLots(position, uint256(fields[11]));
        AccountPosition.setBuyLots(position, uint256(fields[12]));
        AccountPosition.setSellLots(position, uint256(fields[13]));
        AccountPosition.setBuyValue(position, uint256(fields[14]));
        AccountPosition.setSellValue(position, uint256(fields[15]));
        return data;
    }

    /// @notice A field that fills its word, and codes and constants as Solidity sees them.
    function constants(bytes memory global)
        external
        pure
        returns (uint256 domainSeparator, uint256 heights, uint256 accountKind, uint256 malformed, int256 least)
    {
        domainSeparator = GlobalRecord.domainSeparator(pointerTo(global));
        heights = KIND_HEIGHTS_PACKED;
        accountKind = ACCOUNT_KIND;
        malformed = RESULT_MALFORMED;
        least = ACCOUNT_COLLATERAL_LEAST;
    }
}
