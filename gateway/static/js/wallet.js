// Connecting an injected wallet: a venue whose ops are made here and signed there.
import { typedData } from "/static/client/typed_data.js";
import { connect, walletSigner } from "/static/client/venue.js";

/** Return a venue of the wallet's address. `account`: its number, if it must be that one. */
export async function connectWallet(account = null) {
  const wallet = globalThis.ethereum;
  if (!wallet) throw new Error("This browser has no wallet.");
  const [address] = await wallet.request({ method: "eth_requestAccounts" });
  const info = await (await fetch("/api/v1/venue")).json();
  const { chainId, verifyingContract } = info.domain;
  const data = (type, fields) => typedData(type, fields, chainId, verifyingContract);
  const signer = walletSigner(wallet, address.toLowerCase(), data);
  if (account !== null) {
    const { owner, guard_key: guardKey } = await (await fetch(`/api/v1/accounts/${account}`)).json();
    if (owner !== signer.address) throw new Error(`Account ${account} is owned by ${owner}; the wallet is ${signer.address}.`);
    const guard = guardKey ? walletSigner(wallet, guardKey, data) : null;
    return connect(location.origin, { signer, account, guard });
  }
  return connect(location.origin, { signer });
}

/** Return a result's name as words. */
export function words(name) {
  return name.toLowerCase().replaceAll("_", " ");
}
