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
    function readAccount(bytes memory data, uint256 index) external pure returns (int256[42] memory fields) {
        uint256 head = pointerTo(data);
        fields[0] = int256(AccountRecord.version(head));
        fields[1] = int256(AccountRecord.owner(head));
        fields[2] = int256(AccountRecord.positionCount(head));
        fields[3] = int256(AccountRecord.epochCounter(head));
        fields[4] = int256(AccountRecord.marginMode(head));
        fields[5] = int256(AccountRecord.tier(head));
        fields[6] = int256(AccountRecord.portfolioUnderlying(head));
        fields[7] = AccountRecord.collateral(head);
        fields[8] = int256(AccountRecord.withdrawn(head));
        fields[9] = int256(AccountRecord.guardKey(head));
        fields[10] = int256(AccountRecord.guardRemovalMs(head));
        fields[11] = int256(AccountRecord.cancelAtMs(head));
        fields[12] = int256(AccountRecord.creditLimit(head));
        fields[13] = int256(AccountRecord.guarantor(head));
        fields[14] = int256(AccountRecord.creditedMs(head));
        fields[15] = int256(AccountRecord.creditMinutes(head));
        fields[16] = int256(AccountRecord.tierExpiryMs(head));
        fields[17] = int256(AccountRecord.attestedMs(head));
        fields[18] = int256(AccountRecord.protectedUnderlying(head));
        fields[19] = int256(AccountRecord.protectionWindowMs(head));
        fields[20] = int256(AccountRecord.protectionFreezeMs(head));
        fields[21] = int256(AccountRecord.protectionStartMs(head));
        fields[22] = int256(AccountRecord.protectionFrozenMs(head));
        fields[23] = int256(AccountRecord.protectionLotsMax(head));
        fields[24] = int256(AccountRecord.protectionLots(head));
        fields[25] = int256(AccountRecord.protectionDeltaMax(head));
        fields[26] = int256(AccountRecord.protectionVegaMax(head));
        fields[27] = AccountRecord.protectionDelta(head);
        fields[28] = AccountRecord.protectionVega(head);
        uint256 position = AccountRecord.element(head, index);
        fields[29] = int256(AccountPosition.instrument(position));
        fields[30] = int256(AccountPosition.openOrders(position));
        fields[31] = int256(AccountPosition.epoch(position));
        fields[32] = AccountPosition.size(position);
        fields[33] = int256(AccountPosition.linked(position));
        fields[34] = int256(AccountPosition.reduceLots(position));
        fields[35] = int256(AccountPosition.factor(position));
        fields[36] = int256(AccountPosition.buyLots(position));
        fields[37] = int256(AccountPosition.sellLots(position));
        fields[38] = int256(AccountPosition.buyValue(position));
        fields[39] = int256(AccountPosition.sellValue(position));
        fields[40] = AccountPosition.fundingSnap(position);
        fields[41] = AccountPosition.adlSnap(position);
    }

    /// @notice `data` with the fields of its head and of its element `index` overwritten.
    function writeAccount(bytes memory data, uint256 index, int256[42] memory fields)
        external
        pure
        returns (bytes memory)
    {
        uint256 head = pointerTo(data);
        AccountRecord.setVersion(head, uint256(fields[0]));
        AccountRecord.setOwner(head, uint256(fields[1]));
        AccountRecord.setPositionCount(head, uint256(fields[2]));
        AccountRecord.setEpochCounter(head, uint256(fields[3]));
        AccountRecord.setMarginMode(head, uint256(fields[4]));
        AccountRecord.setTier(head, uint256(fields[5]));
        AccountRecord.setPortfolioUnderlying(head, uint256(fields[6]));
        AccountRecord.setCollateral(head, fields[7]);
        AccountRecord.setWithdrawn(head, uint256(fields[8]));
        AccountRecord.setGuardKey(head, uint256(fields[9]));
        AccountRecord.setGuardRemovalMs(head, uint256(fields[10]));
        AccountRecord.setCancelAtMs(head, uint256(fields[11]));
        AccountRecord.setCreditLimit(head, uint256(fields[12]));
        AccountRecord.setGuarantor(head, uint256(fields[13]));
        AccountRecord.setCreditedMs(head, uint256(fields[14]));
        AccountRecord.setCreditMinutes(head, uint256(fields[15]));
        AccountRecord.setTierExpiryMs(head, uint256(fields[16]));
        AccountRecord.setAttestedMs(head, uint256(fields[17]));
        AccountRecord.setProtectedUnderlying(head, uint256(fields[18]));
        AccountRecord.setProtectionWindowMs(head, uint256(fields[19]));
        AccountRecord.setProtectionFreezeMs(head, uint256(fields[20]));
        AccountRecord.setProtectionStartMs(head, uint256(fields[21]));
        AccountRecord.setProtectionFrozenMs(head, uint256(fields[22]));
        AccountRecord.setProtectionLotsMax(head, uint256(fields[23]));
        AccountRecord.setProtectionLots(head, uint256(fields[24]));
        AccountRecord.setProtectionDeltaMax(head, uint256(fields[25]));
        AccountRecord.setProtectionVegaMax(head, uint256(fields[26]));
        AccountRecord.setProtectionDelta(head, fields[27]);
        AccountRecord.setProtectionVega(head, fields[28]);
        uint256 position = AccountRecord.element(head, index);
        AccountPosition.setInstrument(position, uint256(fields[29]));
        AccountPosition.setOpenOrders(position, uint256(fields[30]));
        AccountPosition.setEpoch(position, uint256(fields[31]));
        AccountPosition.setSize(position, fields[32]);
        AccountPosition.setLinked(position, uint256(fields[33]));
        AccountPosition.setReduceLots(position, uint256(fields[34]));
        AccountPosition.setFactor(position, uint256(fields[35]));
        AccountPosition.setBuyLots(position, uint256(fields[36]));
        AccountPosition.setSellLots(position, uint256(fields[37]));
        AccountPosition.setBuyValue(position, uint256(fields[38]));
        AccountPosition.setSellValue(position, uint256(fields[39]));
        AccountPosition.setFundingSnap(position, fields[40]);
        AccountPosition.setAdlSnap(position, fields[41]);
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
