import assert from 'node:assert/strict';
import test from 'node:test';

const window = new EventTarget();
for (const name of /** @type {const} */ (['addEventListener', 'removeEventListener', 'dispatchEvent'])) {
  Object.defineProperty(globalThis, name, { configurable: true, value: window[name].bind(window) });
}
const { chosen, providers, receiptOf } = await import('../pages/account/wallet.js');

const [MINE, OTHER] = [`0x${'1'.repeat(40)}`, `0x${'2'.repeat(40)}`];
const HASH = `0x${'ab'.repeat(32)}`;
const REFUSED = { code: 4001 };
const RECEIPT = { status: '0x1', logs: [] };

/** A wallet that answers as it is told, with an error by throwing. @param {Record<string, () => any>} answers */
const wallet = (answers) => ({ request: async (/** @type {{ method: string }} */ { method }) => ({ eth_chainId: () => '0x1', ...answers })[method]?.() });
const refuse = () => { throw REFUSED; };

/** @param {import('node:test').TestContext} t @param {any[]} all what the browser has */
function having(t, ...all) {
  const announce = () => all.forEach((provider) => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: { provider } })));
  window.addEventListener('eip6963:requestProvider', announce);
  t.after(() => window.removeEventListener('eip6963:requestProvider', announce));
  return all;
}

test('who refuses one wallet is asked by the next, and hears of it where there is none', async (t) => {
  const [refusing, right] = having(t, wallet({ eth_requestAccounts: refuse }), wallet({ eth_requestAccounts: () => [MINE] }));
  assert.deepEqual(await chosen(1, MINE), { provider: right, from: MINE });
  assert.notEqual(refusing, right);
  await assert.rejects(chosen(1, OTHER), { title: 'You refused' });
});

test('where no wallet is on the account, which one is meant is said', async (t) => {
  having(t, wallet({ eth_requestAccounts: () => [MINE] }));
  await assert.rejects(chosen(1, OTHER), { code: 'other_account' });
});

test('what became of a transaction is known by whichever wallet knows it', async (t) => {
  having(t, wallet({ eth_getTransactionReceipt: () => null }), wallet({ eth_getTransactionReceipt: refuse }), wallet({ eth_getTransactionReceipt: () => RECEIPT }));
  assert.equal((await receiptOf(await providers(), HASH))?.isGood, true);
  const unknown = wallet({ eth_getTransactionReceipt: () => null });
  assert.equal(await receiptOf([unknown, unknown], HASH), null);
  assert.equal(await receiptOf([], HASH), null);
});

test('a wallet that is silent keeps no other from being heard', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const silent = wallet({ eth_getTransactionReceipt: () => new Promise(() => {}) });
  assert.equal((await receiptOf([silent, wallet({ eth_getTransactionReceipt: () => RECEIPT })], HASH))?.isGood, true);
  const unheard = receiptOf([silent], HASH);
  t.mock.timers.tick(3000);
  assert.equal(await unheard, null);
});
