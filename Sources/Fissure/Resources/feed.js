// @ts-check
// Turns the server's event stream into snapshots. `change` events say when to fetch; a fetch each
// second, changes or not, proves that the server still answers, and shows a death that nobody wrote
// down. Whether the page is connected is decided by these fetches alone, so it also works, more
// slowly, when the stream is refused. A hidden tab closes the stream, because a browser keeps six
// connections to a host and the server bounds its clients.

import { readSnapshot } from './snapshot.js';

/**
 * @typedef {import('./snapshot.js').Snapshot} Snapshot
 * @typedef {object} Connection
 * @property {'connecting' | 'open' | 'lost' | 'refused' | 'unreadable'} state `lost`: no answer;
 *   `refused`: the server does not accept this page's cookie; `unreadable`: the answer is not a
 *   snapshot that this page knows.
 * @property {number} since Milliseconds since the Unix epoch.
 */

/** Pause between two snapshots at least, in milliseconds. */
const leastInterval = 200;
const openInterval = 1000;
const hiddenInterval = 2000;
const answerTimeout = 1500;
/** A refused stream is asked for again after pauses that double between these. */
const leastStreamPause = 1000;
const mostStreamPause = 30000;

export class Feed {
  /** @type {EventSource | null} */
  #stream = null;
  #streamRetry = 0;
  #streamPause = leastStreamPause;
  #timer = 0;
  #fetching = false;
  #asked = false;
  #lastFetch = 0;
  /** @type {Connection} */
  #connection = { state: 'connecting', since: Date.now() };
  #onSnapshot;
  #onConnection;

  /**
   * @param {(snapshot: Snapshot) => void} onSnapshot
   * @param {(connection: Connection) => void} onConnection Called when the state changes.
   */
  constructor(onSnapshot, onConnection) {
    this.#onSnapshot = onSnapshot;
    this.#onConnection = onConnection;
  }

  start() {
    document.addEventListener('visibilitychange', () => this.#visibilityChanged());
    this.#visibilityChanged();
  }

  #visibilityChanged() {
    if (document.hidden) this.#closeStream();
    else this.#openStream();
    this.#ask();
  }

  #openStream() {
    this.#closeStream();
    const stream = new EventSource('/api/v1/events');
    stream.addEventListener('change', () => this.#ask());
    stream.addEventListener('open', () => {
      this.#streamPause = leastStreamPause;
    });
    stream.addEventListener('error', () => {
      this.#closeStream();
      this.#streamRetry = setTimeout(() => this.#reopenStream(), this.#streamPause);
      this.#streamPause = Math.min(2 * this.#streamPause, mostStreamPause);
      this.#ask();
    });
    this.#stream = stream;
  }

  #reopenStream() {
    const wanted = this.#connection.state === 'open' && !document.hidden;
    if (wanted && this.#stream === null) this.#openStream();
  }

  #closeStream() {
    clearTimeout(this.#streamRetry);
    this.#stream?.close();
    this.#stream = null;
  }

  /** Fetches a snapshot as soon as the pace allows. */
  #ask() {
    this.#asked = true;
    if (!this.#fetching) this.#schedule();
  }

  #schedule() {
    const idle = document.hidden ? hiddenInterval : openInterval;
    const { state } = this.#connection;
    const asked = this.#asked && !document.hidden && (state === 'open' || state === 'connecting');
    const due = this.#lastFetch + (asked ? leastInterval : idle);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetch(), Math.max(0, due - performance.now()));
  }

  async #fetch() {
    this.#fetching = true;
    this.#asked = false;
    this.#lastFetch = performance.now();
    try {
      const answer = await request();
      if (answer instanceof ArrayBuffer) this.#receive(answer);
      else this.#become(answer);
    } finally {
      this.#fetching = false;
      this.#schedule();
    }
  }

  /** @param {ArrayBuffer} bytes */
  #receive(bytes) {
    let snapshot;
    try {
      snapshot = readSnapshot(bytes);
    } catch (error) {
      console.error('snapshot:', error);
      this.#become('unreadable');
      return;
    }
    this.#become('open');
    this.#onSnapshot(snapshot);
  }

  /** @param {Connection['state']} state */
  #become(state) {
    if (state === this.#connection.state) return;
    this.#connection = { state, since: Date.now() };
    this.#reopenStream();
    this.#onConnection(this.#connection);
  }
}

/**
 * One snapshot's bytes, or what hinders it.
 * @returns {Promise<ArrayBuffer | 'lost' | 'refused'>}
 */
async function request() {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), answerTimeout);
  try {
    const options = { cache: /** @type {RequestCache} */ ('no-store'), signal: limit.signal };
    const response = await fetch('/api/v1/snapshot', options);
    if (response.ok) return await response.arrayBuffer();
    return response.status === 401 || response.status === 403 ? 'refused' : 'lost';
  } catch {
    return 'lost'; // A network failure or the time limit: both mean that nobody answered.
  } finally {
    clearTimeout(timer);
  }
}
