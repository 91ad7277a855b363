// @ts-check
// Fetches the graph document when there may be a new one: at the start, when another process runs
// the graph, and when counters of unknown nodes appear. A store without a graph is asked again now
// and then, because a graph may come.

import { readGraph } from './graphdocument.js';
import { fetchKeys } from './keys.js';

/**
 * @typedef {import('./graphdocument.js').Graph} Graph
 * @typedef {import('./snapshot.js').Snapshot} Snapshot
 */

const interval = 2000;

export class GraphSource {
  /** @type {Graph | null} */
  graph = null;
  /** Whether it is known if the store holds a graph. */
  isKnown = false;
  #document = '';
  #process = '';
  #fetched = -Infinity;
  #fetching = false;
  #onGraph;

  /** @param {(graph: Graph | null) => void} onGraph Called when there is another graph, or none. */
  constructor(onGraph) {
    this.#onGraph = onGraph;
  }

  /** @param {Snapshot} snapshot */
  async update(snapshot) {
    const graph = this.graph;
    const main = snapshot.hosts.get('main');
    const runner = `${snapshot.store.name} ${main?.pid} ${main?.state}`;
    const hasStrangers = snapshot.nodes.id.some((id) => !graph?.nodes.has(id));
    const isOther = runner !== this.#process || hasStrangers;
    const isDue = performance.now() - this.#fetched >= interval;
    const isNeeded = !this.isKnown || (isDue && (graph === null || isOther));
    if (!isNeeded || this.#fetching) return;
    this.#fetching = true;
    this.#fetched = performance.now();
    const document = await fetchDocument();
    this.#fetching = false;
    if (document === undefined) return;
    this.#process = runner;
    const isNew = document !== this.#document || !this.isKnown;
    this.isKnown = true;
    this.#document = document;
    if (!isNew) return;
    this.graph = document === '' ? null : readGraph(JSON.parse(document));
    this.#onGraph(this.graph);
  }
}

/**
 * The document's text, empty where the store holds none, `undefined` where nobody answers. Keys are
 * asked first: an absent graph is no error, and a browser would log a failed request as one.
 * @returns {Promise<string | undefined>}
 */
async function fetchDocument() {
  try {
    const keys = await fetchKeys('graph');
    if (!keys) return undefined;
    if (!keys.some(({ key }) => key === 'graph')) return '';
    const response = await fetch('/api/v1/graph', { cache: 'no-store' });
    // One that is too large to be served is not to be had: the page shows the store without it.
    if (response.status === 413) return '';
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined; // Nobody answered; the feed says so on the page.
  }
}
