/**
 * Owns the scripted wallet of the tests: an EIP-1193 provider in the page, whose key is here, and
 * which signs for real. Tests say what it refuses, and for what it waits.
 */

import { JsonRpcProvider, Wallet, getBytes } from 'ethers';

/** How a wallet says that its owner did not want to. */
const REFUSED = { code: 4001, message: 'User rejected the request.' };

/**
 * @param {import('playwright-core').Page} page
 * @param {{ chainId?: number, rpc?: string, key?: string, knows?: number[] }} [options] `knows`: the chains that it can be switched to
 */
export async function giveWallet(page, { chainId = 1, rpc, key, knows = [] } = {}) {
  const provider = rpc ? new JsonRpcProvider(rpc, undefined, { staticNetwork: true, pollingInterval: 100, cacheTimeout: -1 }) : null;
  const signer = key ? new Wallet(key, provider) : Wallet.createRandom(provider);
  const wallet = { address: signer.address, signer, chainId, refuses: new Set(), slow: new Map(), asked: [], sent: [], stop: () => provider?.destroy(), balance: () => provider.getBalance(signer.address) };
  const answers = {
    eth_requestAccounts: () => [signer.address],
    eth_chainId: () => `0x${wallet.chainId.toString(16)}`,
    wallet_switchEthereumChain: ([{ chainId: wanted }]) => {
      if (!knows.includes(Number(wanted))) throw { code: 4902, message: 'Unrecognized chain ID.' };
      wallet.chainId = Number(wanted);
      return null;
    },
    personal_sign: ([hex]) => signer.signMessage(getBytes(hex)),
    eth_signTypedData_v4: ([, text]) => {
      const { domain, types: { EIP712Domain: _, ...types }, message } = JSON.parse(text);
      if (Number(domain.chainId) !== wallet.chainId) throw { code: -32602, message: 'Provided chainId must match the active chainId.' };
      return signer.signTypedData(domain, types, message);
    },
    eth_sendTransaction: async ([{ to, data, value }]) => {
      const { hash } = await signer.sendTransaction({ to, data, value });
      wallet.sent.push({ to, data, hash });
      return hash;
    },
    eth_call: (params) => provider.send('eth_call', params),
    eth_getTransactionReceipt: ([hash]) => provider.send('eth_getTransactionReceipt', [hash]),
  };
  await page.exposeFunction('askTestWallet', async (method, params) => {
    wallet.asked.push(method);
    try {
      await wallet.slow.get(method);
      if (wallet.refuses.has(method)) throw REFUSED;
      if (!answers[method]) throw { code: 4200, message: `${method} is not supported.` };
      return { result: await answers[method](params ?? []) };
    } catch ({ code, message }) {
      return { error: { code: typeof code === 'number' ? code : -32603, message: String(message) } };
    }
  });
  await page.addInitScript(() => {
    window.ethereum = {
      request: async ({ method, params }) => {
        const { result, error } = await window.askTestWallet(method, params);
        if (error) throw error;
        return result;
      },
    };
  });
  return wallet;
}
