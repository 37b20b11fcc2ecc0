/**
 * Owns what comes after a game: reporting where it was played elsewhere, and the result.
 */

import { button, toast, troubleWords } from '../components.js';
import { api } from '../api.js';
import { coins } from '../record/money.js';
import { field } from '../record/form.js';
import { element } from '../text.js';
import { figure } from './lobby.js';
import { opponentName, say } from './ready.js';
import { signing } from './signing.js';

/** @typedef {{ entryId: () => string | null, token: () => Promise<string | null> }} Who */

const LEFT_MAX = 255;
const HOW = /** @type {Record<string, string>} */ ({ played: 'played to the end', timed_out: 'the time was over', forfeited: 'forfeited', ruled: 'an operator decided' });

/**
 * A game that is played elsewhere, to be reported by both.
 * @param {import('./course.js').Match} match @param {Who} who
 */
export function reportForm(match, { entryId, token }) {
  const root = element('form', 'card');
  const title = element('h2', '', `Play ${opponentName(match.opponent)}, then report`);
  title.tabIndex = -1;
  const mine = field('What you had left', { id: 'mine', inputMode: 'numeric', required: true, maxLength: 3, hint: 'Stocks or points, 0 to 255' });
  const theirs = field('What your opponent had left', { id: 'theirs', inputMode: 'numeric', required: true, maxLength: 3 });
  const error = element('p', 'bad');
  error.setAttribute('role', 'alert');
  const send = element('button', 'button', 'Report');
  send.type = 'submit';
  const columns = element('div', 'columns');
  columns.append(mine.root, theirs.root);
  const said = element('p', 'soft');
  said.setAttribute('role', 'status');
  const asks = element('div', 'stack');
  asks.append(columns, send);
  root.append(title, said, asks, error);
  let isReported = false;
  // Whoever comes back may have reported before.
  api(`/v1/matches/${match.id}/result`).then(({ reported }) => { isReported ||= reported?.[match.you] === true; }, () => {});
  root.addEventListener('submit', async (event) => {
    event.preventDefault();
    error.textContent = '';
    const [left, right] = [mine, theirs].map(({ input }) => leftOf(input));
    if (left === null || right === null) {
      error.textContent = `What was left is a whole number, 0 to ${LEFT_MAX}.`;
      return;
    }
    send.disabled = true;
    try {
      const outcome = left > right ? 'won' : left < right ? 'lost' : 'draw';
      await api(`/matches/${match.id}/result`, { token: await token(), body: { outcome, stocks_remaining: left, opponent_stocks: right, ...(entryId() ? { queue_id: entryId() } : {}) } });
      isReported = true;
      toast('Reported. The result stands when your opponent tells the same.', 'good');
    } catch (trouble) {
      error.textContent = troubleWords(trouble).text;
    } finally {
      send.disabled = false;
    }
  });
  return {
    root, focus: title,
    /** @param {import('./course.js').Course} course */
    show({ match: at }) {
      if (!at) return;
      const mine = isReported || at.reported.includes(at.you);
      asks.hidden = mine || at.isDisputed;
      say(said, reportWords({ mine, theirs: at.reported.some((side) => side !== at.you), isDisputed: at.isDisputed }));
    },
  };
}

/** @param {HTMLInputElement} input @returns {number | null} */
function leftOf(input) {
  const isFit = /^\d{1,3}$/.test(input.value.trim()) && Number(input.value) <= LEFT_MAX;
  input.setAttribute('aria-invalid', String(!isFit));
  return isFit ? Number(input.value) : null;
}

/** @param {{ mine: boolean, theirs: boolean, isDisputed: boolean }} at */
export function reportWords({ mine, theirs, isDisputed }) {
  if (isDisputed) return 'You two told it differently. An operator decides; until then nothing counts.';
  if (mine) return 'You have reported. The result stands when your opponent tells the same.';
  if (theirs) return 'Your opponent has reported. Now it is you: where you tell the same, the result stands.';
  return 'Both of you report. Where you tell the same, the result stands; where you do not, an operator decides.';
}

/**
 * @param {import('./course.js').Match} match
 * @param {import('./course.js').Result | null} result what the gateway said; the rest is asked for
 * @param {{ wallet: string | null, again: () => void }} options
 */
export function resultCard(match, result, { wallet, again }) {
  const root = element('section', 'card result');
  const title = element('h2', '', heading(match, result));
  title.tabIndex = -1;
  const figures = element('dl', 'figures');
  const signer = wallet ? signing(match.id, wallet) : null;
  const row = element('div', 'row');
  const more = button({ label: 'The whole story', href: `/history/${match.id}` }, 'is-quiet');
  row.append(button({ label: 'Play again', act: again }), more);
  root.append(title, figures, signer?.root ?? element('p', 'soft', 'Nobody signs this result for you: you played without a wallet.'), row);
  showFigures(figures, result);
  if (!result) complete();
  return { root, focus: title, show: () => {}, end: () => signer?.end() };

  async function complete() {
    try {
      const { result: stands } = await api(`/v1/matches/${match.id}/result`);
      if (!stands) return;
      const moved = stands.ratings?.[match.you];
      const known = { winner: stands.winner, how: stands.how, ratingChange: moved ? moved.after - moved.before : null, mine: null, theirs: null, prize: null, txHash: null };
      title.textContent = heading(match, known);
      showFigures(figures, known);
    } catch (error) {
      figures.replaceChildren(element('p', 'warn', troubleWords(error).text));
    }
  }
}

/** @param {import('./course.js').Match} match @param {import('./course.js').Result | null} result */
function heading(match, result) {
  const name = opponentName(match.opponent);
  if (!result) return `The game against ${name} is over`;
  if (result.winner === null) return `A draw with ${name}`;
  return result.winner === match.you ? `You beat ${name}` : `${name} won`;
}

/** @param {HTMLElement} place @param {import('./course.js').Result | null} result */
function showFigures(place, result) {
  if (!result) return;
  const stats = (/** @type {any} */ it) => (it ? `${it.wpm} wpm, ${Math.round(it.accuracy * 100)} % right, ${Math.round(it.progress * 100)} % typed` : null);
  const change = result.ratingChange;
  place.replaceChildren(
    ...figure('How', HOW[result.how] ?? 'decided'),
    ...(change === null ? [] : figure('Your rating', change > 0 ? `+${change}` : String(change))),
    ...(stats(result.mine) ? figure('You', stats(result.mine) ?? '') : []),
    ...(stats(result.theirs) ? figure('Opponent', stats(result.theirs) ?? '') : []),
    ...(result.prize ? figure('Prize', coins(result.prize)) : []),
  );
}
