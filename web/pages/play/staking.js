/**
 * Owns paying the stake of a game into its escrow, before the countdown.
 * Invariant: what is asked of the wallet is what the arena named: this amount, this escrow, no more,
 * and once: a stake that is under way is not sent again, also not after a reload.
 */

import { api } from '../api.js';
import { button, toast, troubleWords } from '../components.js';
import { chosen, dispatch, landed, providers, read, send, WalletTrouble } from '../account/wallet.js';
import { addressIn, allowanceData, approveData, tokenData } from '../record/contracts.js';
import { coins } from '../record/money.js';
import { span } from '../record/when.js';
import { element } from '../text.js';
import { opponentName, say } from './ready.js';
import { shortHash } from './offer.js';
import { forgetSent, keepSent, sentOf } from './sent.js';

const LOOK_EVERY_MS = 2000;
const STAKES = /** @type {Record<string, string>} */ ({ owed: 'not there yet', seen: 'there, being confirmed', locked: 'locked' });

/** @param {import('./course.js').Match} match */
export function stakingRoom(match) {
  const root = element('section', 'card ready');
  const title = element('h2', '', `Stake against ${opponentName(match.opponent)}`);
  title.tabIndex = -1;
  const clock = element('p', 'clock');
  clock.setAttribute('role', 'timer');
  const said = element('p', 'soft');
  said.setAttribute('role', 'status');
  const error = element('p', 'error');
  error.setAttribute('role', 'alert');
  const pay = button({ label: 'Stake', act: stake });
  pay.setAttribute('disabled', '');
  root.append(title, element('p', 'soft', 'The game begins when the escrow on the chain holds both stakes.'), clock, said, pay, error);
  /** @type {import('./course.js').Stakes | null} */
  let stakes = match.stakes;
  let isPaying = false;
  let isOver = false;
  /** The stake that is under way. @type {string | null} */
  let sent = sentOf(match, true)?.hash ?? null;
  const looking = setInterval(look, LOOK_EVERY_MS);
  look();
  if (sent) followAgain(sent);

  return {
    root, focus: title,
    /** @param {import('./course.js').Course} course @param {number} now */
    show(course, now) {
      stakes = course.match?.stakes ?? stakes;
      if (!stakes) return;
      const left = Math.max(0, (stakes.lock_by ?? now) - now);
      clock.textContent = String(Math.ceil(left / 1000));
      clock.setAttribute('aria-label', `${span(left)} to stake`);
      const [mine, theirs] = match.you === 'p1' ? [stakes.p1, stakes.p2] : [stakes.p2, stakes.p1];
      const amount = coins(stakes.amount);
      if (pay.textContent !== `Stake ${amount}`) pay.textContent = `Stake ${amount}`;
      pay.toggleAttribute('disabled', isPaying || sent !== null || !stakes.join || mine.stake !== 'owed');
      say(said, sent && mine.stake === 'owed' ? `Your stake is under way: transaction ${shortHash(sent)}. Nothing has to be sent again.` : stakes.join ? `Your stake is ${STAKES[mine.stake] ?? mine.stake}; your opponent’s is ${STAKES[theirs.stake] ?? theirs.stake}.` : 'The escrow is being opened on the chain.');
    },
    end() {
      isOver = true;
      clearInterval(looking);
    },
  };

  /** What nobody told since: whoever comes back has heard of no stakes. */
  async function look() {
    if (!match.stakes) stakes = await api(`/v1/matches/${match.id}/stakes`).catch(() => stakes);
  }

  async function stake() {
    const of = stakes;
    if (isPaying || sent || !of?.join) return;
    isPaying = true;
    pay.toggleAttribute('disabled', true);
    error.textContent = '';
    try {
      const { account } = match.you === 'p1' ? of.p1 : of.p2;
      const { provider, from } = await chosen(of.chain_id, account);
      const token = addressIn(await read(provider, of.contract, tokenData));
      const allowed = BigInt(await read(provider, token, allowanceData(from, of.contract)));
      if (allowed < BigInt(of.amount)) await send(provider, from, { to: token, data: approveData(of.contract, BigInt(of.amount)), value: 0n });
      // Leave to take so much may have been in no block until the time was over.
      if (isOver) throw new WalletTrouble('Too late', 'The time to stake was over before your wallet was ready. Nothing was staked.', 'too_late');
      sent = await dispatch(provider, from, { to: of.join.to, data: of.join.data, value: 0n });
      keepSent({ match: { id: match.id, queue: match.queue, you: match.you, opponent: match.opponent }, what: 'stake', hash: sent, isIn: false, number: null, amount: of.amount });
      follow([provider], sent);
    } catch (trouble) {
      tell(trouble);
    } finally {
      isPaying = false;
    }
  }

  /** Until it is in a block; what the contract refused may be sent again. @param {import('../account/wallet.js').Provider[]} of @param {string} hash */
  async function follow(of, hash) {
    try {
      await landed(of, hash);
    } catch (trouble) {
      if (/** @type {any} */ (trouble).code === 'reverted') {
        forgetSent(match, true);
        sent = null;
      }
      if (!isOver) tell(trouble);
    }
  }

  /** @param {string} hash sent before the page was loaded again */
  async function followAgain(hash) {
    await follow(await providers(), hash);
  }

  /** @param {unknown} trouble */
  function tell(trouble) {
    const { title: what, text } = troubleWords(trouble);
    if (isOver) toast(`${what}. ${text}`, 'warn');
    else error.textContent = `${what}. ${text}`;
  }
}
