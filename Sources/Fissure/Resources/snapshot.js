// @ts-check
// Reads the bytes of `/api/v1/snapshot` into columns and records. Pure. Times become milliseconds
// since the Unix epoch: a double holds those to a quarter of a microsecond. Absent columns read as
// zeros or empty strings, so that a newer or older server still gives a page.

import { decodeTbl, TblTable } from './tbl.js';

/**
 * @typedef {object} Participant
 * @property {number} pid
 * @property {string} name
 * @property {boolean} alive
 * @property {number} pins
 *
 * @typedef {object} StoreFacts
 * @property {string} name
 * @property {string} path
 * @property {number} usedBlocks
 * @property {number} freeBlocks
 * @property {number} blockCount
 * @property {number} blockSize In bytes.
 * @property {number} entries
 * @property {Participant[]} participants
 *
 * @typedef {object} HostRecord
 * @property {string} id
 * @property {number} pid
 * @property {string} state `starting`, `running`, `restarting`, `ended` or `failed`.
 * @property {number} restarts
 * @property {string} lastExit
 * @property {number} since In milliseconds.
 * @property {boolean} alive
 *
 * @typedef {object} NodeColumns
 * @property {string[]} id
 * @property {string[]} host
 * @property {Float64Array} packetsIn
 * @property {Float64Array} packetsOut
 * @property {Float64Array} errors
 * @property {Float64Array} nanoseconds Cumulative busy time.
 * @property {Float64Array} activations
 * @property {Float64Array} pending
 * @property {Float64Array} time In milliseconds.
 * @property {string[]} error
 *
 * @typedef {object} EdgeColumns
 * @property {string[]} id
 * @property {Float64Array} packets
 * @property {Float64Array} depth
 * @property {Float64Array} capacity
 * @property {Float64Array} dropped
 * @property {Float64Array} time In milliseconds.
 *
 * @typedef {object} Snapshot
 * @property {number} time In milliseconds.
 * @property {string} change
 * @property {StoreFacts} store
 * @property {Map<string, HostRecord>} hosts
 * @property {NodeColumns} nodes
 * @property {EdgeColumns} edges
 * @property {Map<string, string>} states Generation of each node's published state, by node id.
 */

const nanosecondsPerMillisecond = 1e6;

/**
 * @param {ArrayBuffer} bytes
 * @returns {Snapshot}
 * @throws When the bytes are not a tbl.
 */
export function readSnapshot(bytes) {
  const root = decodeTbl(bytes);
  return {
    time: number(root, 'time') / nanosecondsPerMillisecond,
    change: String(root.get('change') ?? ''),
    store: storeFacts(root.table('store')),
    hosts: hostRecords(root.table('hosts')),
    nodes: nodeColumns(root.table('nodes')),
    edges: edgeColumns(root.table('edges')),
    states: generations(root.table('states')),
  };
}

/**
 * @param {TblTable} store
 * @returns {StoreFacts}
 */
function storeFacts(store) {
  const participants = Array.from(store.list('participants')).filter(isTable);
  return {
    name: string(store, 'name'),
    path: string(store, 'path'),
    usedBlocks: number(store, 'usedBlocks'),
    freeBlocks: number(store, 'freeBlocks'),
    blockCount: number(store, 'blockCount'),
    blockSize: number(store, 'blockSize'),
    entries: number(store, 'entries'),
    participants: participants.map((participant) => ({
      pid: number(participant, 'pid'),
      name: string(participant, 'name'),
      alive: participant.get('alive') === true,
      pins: number(participant, 'pins'),
    })),
  };
}

/**
 * @param {TblTable} hosts
 * @returns {Map<string, HostRecord>}
 */
function hostRecords(hosts) {
  /** @type {Map<string, HostRecord>} */
  const records = new Map();
  for (const [id, host] of hosts.map) {
    if (!isTable(host)) continue;
    records.set(id, {
      id,
      pid: number(host, 'pid'),
      state: string(host, 'state'),
      restarts: number(host, 'restarts'),
      lastExit: string(host, 'lastExit'),
      since: number(host, 'since') / nanosecondsPerMillisecond,
      alive: host.get('alive') === true,
    });
  }
  return records;
}

/**
 * @param {TblTable} nodes
 * @returns {NodeColumns}
 */
function nodeColumns(nodes) {
  const id = strings(nodes, 'id');
  const length = id.length;
  return {
    id,
    host: strings(nodes, 'host', length),
    packetsIn: numbers(nodes, 'packetsIn', length),
    packetsOut: numbers(nodes, 'packetsOut', length),
    errors: numbers(nodes, 'errors', length),
    nanoseconds: numbers(nodes, 'nanoseconds', length),
    activations: numbers(nodes, 'activations', length),
    pending: numbers(nodes, 'pending', length),
    time: numbers(nodes, 'time', length, nanosecondsPerMillisecond),
    error: strings(nodes, 'error', length),
  };
}

/**
 * @param {TblTable} edges
 * @returns {EdgeColumns}
 */
function edgeColumns(edges) {
  const id = strings(edges, 'id');
  const length = id.length;
  return {
    id,
    packets: numbers(edges, 'packets', length),
    depth: numbers(edges, 'depth', length),
    capacity: numbers(edges, 'capacity', length),
    dropped: numbers(edges, 'dropped', length),
    time: numbers(edges, 'time', length, nanosecondsPerMillisecond),
  };
}

/** @param {TblTable} states */
function generations(states) {
  const generation = states.list('generation');
  return new Map(strings(states, 'id').map((id, i) => [id, String(generation[i] ?? '')]));
}

/**
 * @param {unknown} value
 * @returns {value is TblTable}
 */
function isTable(value) {
  return value instanceof TblTable;
}

/**
 * @param {TblTable} table
 * @param {string} key
 */
function number(table, key) {
  const value = table.get(key);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}

/**
 * @param {TblTable} table
 * @param {string} key
 */
function string(table, key) {
  const value = table.get(key);
  return typeof value === 'string' ? value : '';
}

/**
 * @param {TblTable} table
 * @param {string} key
 * @param {number} [length] As many elements as this, empty ones where the column is shorter.
 * @returns {string[]}
 */
function strings(table, key, length) {
  const column = table.list(key);
  return Array.from({ length: length ?? column.length }, (_, i) => String(column[i] ?? ''));
}

/**
 * @param {TblTable} table
 * @param {string} key
 * @param {number} length
 * @param {number} [divisor]
 */
function numbers(table, key, length, divisor = 1) {
  const column = table.list(key);
  return Float64Array.from({ length }, (_, i) => Number(column[i] ?? 0) / divisor);
}
