// @ts-check
// Reads a graph document (`*.lava.json`) into nodes and edges that the views can draw. Pure.
// A document in the store was accepted by the runtime, yet another version may have written it:
// what is missing or of another type gets its default, and an edge to a node that does not exist is
// left out.

/**
 * @typedef {'generator' | 'flow' | 'message'} Role
 * @typedef {object} GraphNode
 * @property {string} id
 * @property {string} type Identifier of the node's type, `vendor.name`.
 * @property {string} kind Of a message node (`exclusive`, ...); empty for the others.
 * @property {Role} role
 * @property {string} host
 * @property {Record<string, unknown>} parameters
 * @property {{x: number, y: number} | null} position In grid units.
 * @property {boolean} watch
 * @property {string[]} inputs Connected input ports, in order of first use.
 * @property {string[]} outputs Connected output ports, in order of first use.
 *
 * @typedef {object} GraphEdge
 * @property {string} id `from.port->to.port`, as in the store's keys.
 * @property {string} from Node id.
 * @property {string} fromPort
 * @property {string} to Node id.
 * @property {string} toPort
 * @property {string} overflow
 *
 * @typedef {object} Graph
 * @property {string} name
 * @property {string[]} hosts Every host in use, `main` first.
 * @property {Map<string, GraphNode>} nodes
 * @property {GraphEdge[]} edges
 */

/**
 * @param {unknown} document Parsed JSON.
 * @returns {Graph}
 */
export function readGraph(document) {
  const root = record(document);
  /** @type {Map<string, GraphNode>} */
  const nodes = new Map();
  for (const [id, value] of Object.entries(record(root.nodes))) nodes.set(id, readNode(id, value));
  const edges = list(root.edges)
    .map(readEdge)
    .filter((edge) => nodes.has(edge.from) && nodes.has(edge.to));
  for (const edge of edges) {
    addOnce(nodes.get(edge.from)?.outputs, edge.fromPort);
    addOnce(nodes.get(edge.to)?.inputs, edge.toPort);
  }
  for (const node of nodes.values()) node.role = roleOf(node);
  const hosts = new Set(['main', ...Object.keys(record(root.hosts))]);
  for (const node of nodes.values()) hosts.add(node.host);
  return { name: text(root.name, 'unnamed'), hosts: [...hosts], nodes, edges };
}

/**
 * Message nodes carry a kind; a node that only sends is a generator.
 * @param {GraphNode} node
 * @returns {Role}
 */
function roleOf(node) {
  if (node.kind !== '') return 'message';
  return node.inputs.length === 0 && node.outputs.length > 0 ? 'generator' : 'flow';
}

/**
 * @param {string} id
 * @param {unknown} value
 * @returns {GraphNode}
 */
function readNode(id, value) {
  const node = record(value);
  const [x, y] = list(node.position);
  return {
    id,
    type: text(node.type, ''),
    kind: text(node.kind, ''),
    role: 'flow',
    host: text(node.host, 'main'),
    parameters: record(node.parameters),
    position: typeof x === 'number' && typeof y === 'number' ? { x, y } : null,
    watch: node.watch === true,
    inputs: [],
    outputs: [],
  };
}

/**
 * @param {unknown} value
 * @returns {GraphEdge}
 */
function readEdge(value) {
  const edge = record(value);
  const from = text(edge.from, '');
  const to = text(edge.to, '');
  const [fromNode, fromPort] = endpoint(from);
  const [toNode, toPort] = endpoint(to);
  const overflow = text(edge.overflow, 'wait');
  return { id: `${from}->${to}`, from: fromNode, fromPort, to: toNode, toPort, overflow };
}

/**
 * @param {string} address `node.port`
 * @returns {[string, string]}
 */
function endpoint(address) {
  const dot = address.indexOf('.');
  return dot < 0 ? [address, ''] : [address.slice(0, dot), address.slice(dot + 1)];
}

/**
 * @param {string[] | undefined} names
 * @param {string} name
 */
function addOnce(names, name) {
  if (names && !names.includes(name)) names.push(name);
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function record(value) {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? /** @type {Record<string, unknown>} */ (value) : {};
}

/**
 * @param {unknown} value
 * @returns {unknown[]}
 */
function list(value) {
  return Array.isArray(value) ? value : [];
}

/**
 * @param {unknown} value
 * @param {string} fallback
 */
function text(value, fallback) {
  return typeof value === 'string' ? value : fallback;
}
