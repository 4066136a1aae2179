// Hardhat's network as an L1 of the devnet: one block a second, the transaction gas limit of 2^24 (EIP-7825),
// no accounts of its own. devnet/l1_node.py sets the variables.
export default {
  paths: { artifacts: "node_modules/.hardhat/artifacts", cache: "node_modules/.hardhat/cache" },
  networks: {
    node: {
      type: "edr-simulated",
      chainType: "l1",
      chainId: Number(process.env.DEVNET_CHAIN_ID),
      hardfork: process.env.DEVNET_HARDFORK,
      accounts: [],
      mining: { auto: false, interval: 1000 * Number(process.env.DEVNET_BLOCK_SECONDS), mempool: { order: "priority" } },
      transactionGasCap: process.env.DEVNET_HARDFORK === "osaka" ? 2 ** 24 : false,
      throwOnTransactionFailures: false,
    },
  },
};
