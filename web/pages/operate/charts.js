/** Owns the charts of `/metrics` over the time that one looks. */

import { Trouble } from '../api.js';
import { plot } from '../record/plot.js';
import { clockTime } from '../record/when.js';
import { element } from '../text.js';
import { readMetrics, Series } from './prometheus.js';
import { troubleLine } from './trouble.js';

/** @typedef {(series: Series) => { x: number, y: number }[]} Take */

const CHARTS = /** @type {[title: string, unit: string, take: Take][]} */ ([
  ['Requests', 'a second', (of) => of.rate('arena_control_http_requests_total')],
  ['A request takes', 'ms', (of) => of.meanMs('arena_control_http_request_seconds')],
  ['A commit takes', 'ms', (of) => of.meanMs('arena_control_commit_seconds')],
  ['Gateway sockets', 'open', (of) => of.level('arena_control_gateway_sockets')],
  ['Streams', 'up', (of) => of.level('arena_control_streams_up')],
  ['Viewers', 'of this relay', (of) => of.level('arena_relay_viewers')],
  ['Batches sent', 'a second', (of) => of.rate('arena_relay_batches_sent_total')],
  ['Bytes sent', 'KiB a second', (of) => of.rate('arena_relay_bytes_sent_total').map(({ x, y }) => ({ x, y: y / 1024 }))],
]);

export function charts() {
  const root = element('section', 'stack');
  const grid = element('div', 'charts');
  const trouble = troubleLine();
  root.append(element('h2', '', 'Figures'), trouble.root, grid);
  const series = new Series();
  const places = CHARTS.map(([title, unit]) => {
    const card = element('section', 'card chart');
    card.append(element('h3', '', `${title}, ${unit}`), element('p', 'soft', 'Two looks are needed.'));
    grid.append(card);
    return card;
  });
  return {
    root,
    async look() {
      try {
        series.add(Date.now(), readMetrics(await metrics()));
        trouble.hide();
      } catch (error) {
        trouble.say(error, true);
        throw error;
      }
      CHARTS.forEach(([title, unit, take], i) => {
        const points = take(series);
        if (points.length < 2) return;
        const now = points[points.length - 1].y;
        const text = `${said(now)} ${unit} now, ${said(Math.max(...points.map(({ y }) => y)))} at most.`;
        places[i].replaceChildren(element('h3', '', title), plot({ title, text, points, sayX: clockTime, sayY: said, floor: 0 }));
      });
    },
  };
}

async function metrics() {
  const again = 'They are asked for again by themselves.';
  /** @type {Response | null} */
  const answer = await fetch('/metrics', { cache: 'no-store', signal: AbortSignal.timeout(8000) }).catch(() => null);
  if (!answer) throw new Trouble(0, 'unreachable', 'The figures did not come', again);
  if (!answer.ok) throw new Trouble(answer.status, 'unknown', `The figures did not come: the arena answered ${answer.status}`, again);
  return answer.text();
}

/** @param {number} value */
function said(value) {
  if (value === 0) return '0';
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));
}
