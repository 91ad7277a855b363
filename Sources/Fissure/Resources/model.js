// @ts-check
// Folds snapshots into what the views draw. Pure: a new model from the old one and a snapshot; no
// clock, no document. Counters in the store only ever rise, so a rate is the rise between two
// snapshots some three seconds apart, over the time between the two publications. A counter that
// fell belongs to a new process: its rate starts anew.

/**
 * @typedef {import('./snapshot.js').Snapshot} Snapshot
 * @typedef {import('./snapshot.js').HostRecord} HostRecord
 *
 * @typedef {object} NodeFigures
 * @property {string} id
 * @property {string} host
 * @property {number} packetsIn
 * @property {number} packetsOut
 * @property {number} errors
 * @property {number} activations
 * @property {number} busySeconds
 * @property {number} pending Packets that wait at its inputs.
 * @property {string} error Last error, or empty.
 * @property {number} rateIn Packets per second.
 * @property {number} rateOut Packets per second.
 * @property {number} share Time share: busy time over passed time; 1 is one core.
 *
 * @typedef {object} EdgeFigures
 * @property {string} id
 * @property {number} packets
 * @property {number} depth
 * @property {number} capacity
 * @property {number} dropped
 * @property {number} rate Packets per second.
 *
 * @typedef {'up' | 'starting' | 'restarting' | 'restarted' | 'ended' | 'down'} HostCondition
 * @typedef {object} HostStatus
 * @property {string} id
 * @property {number} pid
 * @property {HostCondition} condition
 * @property {number} restarts
 * @property {string} lastExit How its last process ended; empty while that is unknown.
 * @property {number} sinceSeconds How long it has been in this state; NaN while that is unknown.
 *
 * @typedef {'live' | 'starting' | 'ended' | 'crashed' | 'failed' | 'unknown'} GraphCondition
 *
 * @typedef {object} Row Cumulative figures of one node or edge at one moment.
 * @property {number} time Milliseconds since the Unix epoch.
 * @property {number} first
 * @property {number} second
 * @property {number} third
 *
 * @typedef {object} Moment
 * @property {number} time
 * @property {Map<string, Row>} nodes
 * @property {Map<string, Row>} edges
 *
 * @typedef {object} Model
 * @property {Snapshot} snapshot
 * @property {GraphCondition} condition
 * @property {HostStatus[]} hosts `main` first.
 * @property {Map<string, NodeFigures>} nodes
 * @property {Map<string, EdgeFigures>} edges
 * @property {Moment[]} moments The last few seconds, oldest first.
 */

/** Rates look back this far, in milliseconds. */
const window = 3000;

/** Moments closer together than this are not kept apart. */
const spacing = 200;

/** A record older than this stands for 'nothing has happened since'. */
const staleAfter = 300;

/** How long a restart stays worth a banner, in seconds. */
const restartNews = 15;

/**
 * @param {Model | null} previous
 * @param {Snapshot} snapshot
 * @returns {Model}
 */
export function fold(previous, snapshot) {
  const continues = previous !== null && previous.snapshot.time <= snapshot.time;
  const kept = continues ? previous.moments.filter((m) => m.time > snapshot.time - 2 * window) : [];
  const base = baseline(kept, snapshot.time);
  const now = moment(snapshot);
  const hosts = hostStatuses(snapshot);
  return {
    snapshot,
    condition: graphCondition(snapshot.hosts.get('main')),
    hosts,
    nodes: nodeFigures(snapshot, now, base),
    edges: edgeFigures(snapshot, now, base),
    moments: now.time - (kept.at(-1)?.time ?? 0) >= spacing ? [...kept, now] : kept,
  };
}

/**
 * Whether a host needs the user's eye.
 * @param {HostStatus} host
 */
export function isTrouble(host) {
  return host.condition === 'down' || host.condition === 'restarting';
}

/**
 * The newest moment that is at least `window` old, else the oldest there is.
 * @param {Moment[]} moments
 * @param {number} time
 */
function baseline(moments, time) {
  return moments.filter((moment) => moment.time <= time - window).at(-1) ?? moments[0] ?? null;
}

/**
 * @param {Snapshot} snapshot
 * @returns {Moment}
 */
function moment({ time, nodes, edges }) {
  /** @param {number} published */
  const effective = (published) => (time - published < staleAfter ? published : time);
  /** @type {Map<string, Row>} */
  const nodeRows = new Map();
  nodes.id.forEach((id, i) => {
    nodeRows.set(id, {
      time: effective(nodes.time[i]),
      first: nodes.packetsIn[i],
      second: nodes.packetsOut[i],
      third: nodes.nanoseconds[i],
    });
  });
  /** @type {Map<string, Row>} */
  const edgeRows = new Map();
  edges.id.forEach((id, i) => {
    const published = effective(edges.time[i]);
    edgeRows.set(id, { time: published, first: edges.packets[i], second: 0, third: 0 });
  });
  return { time, nodes: nodeRows, edges: edgeRows };
}

/**
 * @param {Row | undefined} now
 * @param {Row | undefined} then
 */
function rise(now, then) {
  const seconds = now && then ? (now.time - then.time) / 1000 : 0;
  if (!now || !then || seconds <= 0) return { first: 0, second: 0, third: 0 };
  /** @param {'first' | 'second' | 'third'} name */
  const perSecond = (name) => Math.max(0, now[name] - then[name]) / seconds;
  return { first: perSecond('first'), second: perSecond('second'), third: perSecond('third') };
}

/**
 * @param {Snapshot} snapshot
 * @param {Moment} now
 * @param {Moment | null} base
 */
function nodeFigures({ nodes }, now, base) {
  /** @type {Map<string, NodeFigures>} */
  const figures = new Map();
  nodes.id.forEach((id, i) => {
    const perSecond = rise(now.nodes.get(id), base?.nodes.get(id));
    figures.set(id, {
      id,
      host: nodes.host[i],
      packetsIn: nodes.packetsIn[i],
      packetsOut: nodes.packetsOut[i],
      errors: nodes.errors[i],
      activations: nodes.activations[i],
      busySeconds: nodes.nanoseconds[i] / 1e9,
      pending: nodes.pending[i],
      error: nodes.error[i],
      rateIn: perSecond.first,
      rateOut: perSecond.second,
      share: perSecond.third / 1e9,
    });
  });
  return figures;
}

/**
 * @param {Snapshot} snapshot
 * @param {Moment} now
 * @param {Moment | null} base
 */
function edgeFigures({ edges }, now, base) {
  /** @type {Map<string, EdgeFigures>} */
  const figures = new Map();
  edges.id.forEach((id, i) => {
    figures.set(id, {
      id,
      packets: edges.packets[i],
      depth: edges.depth[i],
      capacity: edges.capacity[i],
      dropped: edges.dropped[i],
      rate: rise(now.edges.get(id), base?.edges.get(id)).first,
    });
  });
  return figures;
}

/**
 * @param {Snapshot} snapshot
 * @returns {HostStatus[]}
 */
function hostStatuses({ hosts, time }) {
  const main = hosts.get('main');
  const over = main !== undefined && (!main.alive || main.state === 'ended');
  return [...hosts.values()]
    .map((host) => {
      // Its process is gone and nobody wrote that down: the record tells of the time before.
      const isOutdated = host.state === 'running' && !host.alive;
      return {
        id: host.id,
        pid: host.pid,
        condition: hostCondition(host, over && host.id !== 'main', time),
        restarts: host.restarts,
        lastExit: isOutdated ? '' : host.lastExit,
        sinceSeconds: isOutdated ? NaN : Math.max(0, (time - host.since) / 1000),
      };
    })
    .sort((a, b) => rank(a.id) - rank(b.id) || a.id.localeCompare(b.id));
}

/**
 * @param {HostRecord} host
 * @param {boolean} graphIsOver Its graph's process ended, so that the host ends too.
 * @param {number} time
 * @returns {HostCondition}
 */
function hostCondition(host, graphIsOver, time) {
  if (host.state === 'ended' || (graphIsOver && !host.alive)) return 'ended';
  if (host.state === 'failed') return 'down';
  if (host.state === 'restarting') return 'restarting';
  if (!host.alive) return host.state === 'starting' ? 'starting' : 'down';
  if (host.state === 'starting') return host.restarts > 0 ? 'restarting' : 'starting';
  const seconds = (time - host.since) / 1000;
  return host.restarts > 0 && seconds < restartNews ? 'restarted' : 'up';
}

/**
 * @param {HostRecord | undefined} main
 * @returns {GraphCondition}
 */
function graphCondition(main) {
  if (!main) return 'unknown';
  if (main.state === 'ended') return 'ended';
  if (main.state === 'failed') return 'failed';
  if (!main.alive) return 'crashed';
  return main.state === 'starting' ? 'starting' : 'live';
}

/** @param {string} id */
function rank(id) {
  return id === 'main' ? 0 : 1;
}
