// @ts-check
// The top of the page: the graph's name and condition, its hosts, the connection, and banners for
// whatever needs the user's eye. Every condition is a word and a sign, never colour alone.

import { byId, html, reconcile, setAttribute, setText } from './dom.js';
import { ago, clock, counted, duration } from './format.js';
import { isTrouble } from './model.js';

/**
 * @typedef {import('./feed.js').Connection} Connection
 * @typedef {import('./model.js').Model} Model
 * @typedef {import('./model.js').HostStatus} HostStatus
 * @typedef {'bad' | 'warn' | 'good'} Tone
 * @typedef {{key: string, tone: Tone, text: string, when: string}} Banner
 */

/** @type {Record<Model['condition'], string>} */
const conditionTones = {
  live: 'good',
  starting: 'warn',
  ended: 'idle',
  crashed: 'bad',
  failed: 'bad',
  unknown: 'idle',
};

/** @type {Record<HostStatus['condition'], string>} */
const hostTones = {
  up: 'good',
  starting: 'warn',
  restarting: 'bad',
  restarted: 'warn',
  ended: 'idle',
  down: 'bad',
};

/** @type {Record<Connection['state'], {tone: string, text: string}>} */
const connectionWords = {
  connecting: { tone: 'warn', text: 'connecting' },
  open: { tone: 'good', text: 'connected' },
  lost: { tone: 'bad', text: 'no answer' },
  refused: { tone: 'bad', text: 'refused' },
  unreadable: { tone: 'bad', text: 'unreadable' },
};

export class Header {
  #name = byId('graph-name', HTMLElement);
  #condition = byId('graph-condition', HTMLElement);
  #connection = byId('connection', HTMLElement);
  #hosts = byId('hosts', HTMLElement);
  #banners = byId('banners', HTMLElement);

  /**
   * @param {string} name
   * @param {boolean} isGraph
   * @param {Model | null} model
   * @param {Connection} connection
   */
  update(name, isGraph, model, connection) {
    setText(this.#name, name);
    const isOpen = connection.state === 'open';
    const condition = model && isGraph ? model.condition : 'unknown';
    this.#condition.hidden = condition === 'unknown';
    setAttribute(this.#condition, 'data-tone', isOpen ? conditionTones[condition] : 'idle');
    setText(this.#condition, isOpen ? condition : `${condition}, as last seen`);
    const words = connectionWords[connection.state];
    setAttribute(this.#connection, 'data-tone', words.tone);
    setText(this.#connection, words.text);
    const hosts = model && isGraph ? model.hosts : [];
    this.#drawHosts(hosts);
    const banners = [...connectionBanners(connection), ...(isOpen ? modelBanners(model) : [])];
    this.#drawBanners(isGraph ? banners : banners.filter(({ key }) => key === 'connection'));
    document.title = title(name, isGraph ? model : null, connection);
  }

  /** @param {HostStatus[]} hosts */
  #drawHosts(hosts) {
    this.#hosts.hidden = hosts.length === 0;
    reconcile(
      this.#hosts,
      hosts,
      (host) => host.id,
      makeHost,
      (element, host) => {
        const [name, condition, pid, history] = element.children;
        setText(name, host.id);
        setAttribute(element, 'data-tone', hostTones[host.condition]);
        setText(condition, host.condition);
        setText(pid, `pid ${host.pid}`);
        setText(history, hostHistory(host));
      },
    );
  }

  /** @param {Banner[]} banners */
  #drawBanners(banners) {
    reconcile(
      this.#banners,
      banners,
      (banner) => `${banner.key} ${banner.tone}`,
      () => html('p', {}, html('span'), html('span', { class: 'when', 'aria-hidden': 'true' })),
      (element, banner) => {
        setAttribute(element, 'data-tone', banner.tone);
        setText(element.children[0], banner.text);
        setText(element.children[1], banner.when);
      },
    );
  }
}

function makeHost() {
  return html(
    'li',
    {},
    html('span', { class: 'name' }),
    html('span', { class: 'badge' }),
    html('span', { class: 'pid' }),
    html('span', { class: 'history' }),
  );
}

/** @param {HostStatus} host */
function hostHistory(host) {
  if (host.restarts === 0 && host.lastExit === '') {
    return host.condition === 'up' ? `for ${duration(Math.floor(host.sinceSeconds))}` : '';
  }
  const restarts = `restarted ${host.restarts === 1 ? 'once' : counted(host.restarts, 'time')}`;
  const exit = host.lastExit === '' ? '' : `, last exit: ${host.lastExit}`;
  const when = ago(host.sinceSeconds);
  return `${restarts}${exit}${when === '' ? '' : `, ${when}`}`;
}

/**
 * @param {Connection} connection
 * @returns {Banner[]}
 */
function connectionBanners({ state, since }) {
  const when = `since ${clock(since)}`;
  /** @param {string} text */
  const bad = (text) => [{ key: 'connection', tone: /** @type {Tone} */ ('bad'), text, when }];
  switch (state) {
    case 'lost':
      return bad('The page’s server does not answer. What you see is the last known state.');
    case 'refused':
      return bad('The server refuses this page. Open the address that lava printed last.');
    case 'unreadable':
      return bad('The server’s answer cannot be read: another version? Reload the page.');
    default:
      return [];
  }
}

/**
 * @param {Model | null} model
 * @returns {Banner[]}
 */
function modelBanners(model) {
  if (!model) return [];
  const main = model.hosts.find(({ id }) => id === 'main');
  const banners = graphBanners(model.condition, main);
  for (const host of model.hosts) {
    if (host.id === 'main') continue;
    const when = ago(host.sinceSeconds);
    const exit = host.lastExit === '' ? 'its process is gone' : host.lastExit;
    const key = `host ${host.id}`;
    if (isTrouble(host)) {
      const what = host.condition === 'down' ? 'is down' : 'is being restarted';
      banners.push({ key, tone: 'bad', text: `Host ${host.id} ${what}: ${exit}.`, when });
    } else if (host.condition === 'restarted') {
      const text = `Host ${host.id} was restarted: ${exit}.`;
      banners.push({ key, tone: 'warn', text, when });
    }
  }
  return banners;
}

/**
 * @param {Model['condition']} condition
 * @param {HostStatus | undefined} main
 * @returns {Banner[]}
 */
function graphBanners(condition, main) {
  const when = main ? `pid ${main.pid}` : '';
  const last = 'What you see is its last state in the store.';
  const exit = main && main.lastExit !== '' ? `: ${main.lastExit}` : '';
  if (condition === 'crashed') {
    const text = `The graph’s process is gone without having ended. ${last}`;
    return [{ key: 'graph', tone: 'bad', text, when }];
  }
  if (condition === 'failed') {
    return [{ key: 'graph', tone: 'bad', text: `The graph failed${exit}. ${last}`, when }];
  }
  return [];
}

/**
 * The tab's title, trouble first.
 * @param {string} name
 * @param {Model | null} model
 * @param {Connection} connection
 */
function title(name, model, connection) {
  if (connection.state !== 'open' && connection.state !== 'connecting') {
    return `⚠ ${connectionWords[connection.state].text} – ${name} – Fissure`;
  }
  const trouble = model?.hosts.find((host) => host.id !== 'main' && isTrouble(host));
  if (trouble) return `⚠ ${trouble.id} ${trouble.condition} – ${name} – Fissure`;
  const condition = model && model.condition !== 'unknown' ? ` ${model.condition} –` : '';
  return `${name} –${condition} Fissure`;
}
