// @ts-check
// Where nodes stand, in pixels of the unzoomed graph. Pure.
// Packets flow `across` (left to right, as positions in documents are meant) or, on a narrow page,
// `down`: then both axes change places. Positions of the document are kept, one grid unit being one
// pill width, and spread evenly where nodes would touch. Without positions nodes stand in layers:
// longest path from the sources, loops cut where a depth-first walk closes them, sources close to
// what they feed, each layer ordered by the mean position of its neighbours, and layers that are
// much longer than the graph is deep wrapped.

/**
 * @typedef {import('./graphdocument.js').Graph} Graph
 * @typedef {import('./graphdocument.js').GraphNode} GraphNode
 * @typedef {{x: number, y: number, width: number, height: number}} Box Centre and size.
 * @typedef {'across' | 'down'} Direction
 */

export const pill = { width: 224, height: 68 };
export const round = { width: 124, height: 124 };

/** Room that is kept between two boxes: along the flow for an edge's label, else for a caption. */
const gaps = { across: { x: 104, y: 56 }, down: { x: 48, y: 92 } };
const greatestSpread = 4;

/** Nodes are lower than wide, so that the same distance may be shorter down than across. */
const downStretch = 0.6;

/**
 * The box of every node.
 * @param {Graph} graph
 * @param {Direction} direction
 * @returns {Map<string, Box>}
 */
export function layOut(graph, direction) {
  const nodes = [...graph.nodes.values()];
  const placed = nodes.filter((node) => node.position !== null);
  const missing = nodes.filter((node) => node.position === null);
  const boxes = spread(placed, direction);
  if (missing.length === 0) return boxes;
  const added = layers(graph, missing, direction);
  const [above, own] = [bounds(boxes.values()), bounds(added.values())];
  const down = placed.length === 0 ? 0 : above.bottom + gaps[direction].y - own.top;
  for (const [id, box] of added) boxes.set(id, { ...box, y: box.y + down });
  return boxes;
}

/**
 * The smallest rectangle around `boxes`; a unit square at the origin when there are none.
 * @param {Iterable<Box>} boxes
 */
export function bounds(boxes) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x - box.width / 2);
    right = Math.max(right, box.x + box.width / 2);
    top = Math.min(top, box.y - box.height / 2);
    bottom = Math.max(bottom, box.y + box.height / 2);
  }
  return left <= right ? { left, top, right, bottom } : { left: 0, top: 0, right: 1, bottom: 1 };
}

/**
 * The node in `direction` from `id` that a reader would call the next one, or `null` at the border.
 * @param {Map<string, Box>} boxes
 * @param {string} id
 * @param {'left' | 'right' | 'up' | 'down'} direction
 */
export function neighbour(boxes, id, direction) {
  const origin = boxes.get(id);
  if (!origin) return null;
  /** @type {string | null} */
  let best = null;
  let least = Infinity;
  for (const [other, box] of boxes) {
    const [dx, dy] = [box.x - origin.x, box.y - origin.y];
    const along = { left: -dx, right: dx, up: -dy, down: dy }[direction];
    const across = direction === 'left' || direction === 'right' ? Math.abs(dy) : Math.abs(dx);
    const cost = along + 2 * across;
    if (other === id || along < 1 || across > 4 * along || cost >= least) continue;
    least = cost;
    best = other;
  }
  return best;
}

/** @param {GraphNode} node */
function size(node) {
  return node.role === 'message' ? round : pill;
}

/**
 * Document positions in pixels, multiplied by the smallest factor that keeps the gaps.
 * @param {GraphNode[]} nodes
 * @param {Direction} direction
 * @returns {Map<string, Box>}
 */
function spread(nodes, direction) {
  const gap = gaps[direction];
  const points = nodes.map((node) => {
    const { x, y } = node.position ?? { x: 0, y: 0 };
    return direction === 'across'
      ? { node, x: x * pill.width, y: y * pill.width }
      : { node, x: y * pill.width, y: x * pill.width * downStretch };
  });
  let factor = 1;
  for (let i = 0; i < points.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const [a, b] = [points[i], points[j]];
      const across = (size(a.node).width + size(b.node).width) / 2 + gap.x;
      const down = (size(a.node).height + size(b.node).height) / 2 + gap.y;
      const needed = Math.min(across / Math.abs(a.x - b.x), down / Math.abs(a.y - b.y));
      if (needed > factor) factor = Math.min(needed, greatestSpread);
    }
  }
  return new Map(
    points.map(({ node, x, y }) => [node.id, { x: x * factor, y: y * factor, ...size(node) }]),
  );
}

/**
 * Boxes of `nodes` in layers.
 * @param {Graph} graph
 * @param {GraphNode[]} nodes
 * @param {Direction} direction
 * @returns {Map<string, Box>}
 */
function layers(graph, nodes, direction) {
  const { successors, predecessors } = adjacency(graph, nodes);
  const depth = longestPaths(nodes, successors);
  pullSources(depth, successors, predecessors);
  /** @type {string[][]} */
  const ordered = [];
  for (const node of nodes) (ordered[depth.get(node.id) ?? 0] ??= []).push(node.id);
  order(ordered, successors, predecessors);
  const columns = wrap(ordered, Math.max(8, Math.ceil(Math.sqrt(nodes.length))));
  const gap = gaps[direction];
  const stride = { x: pill.width + gap.x, y: round.height + gap.y };
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  columns.forEach((column, layer) => {
    column.forEach((id, row) => {
      const node = /** @type {GraphNode} */ (graph.nodes.get(id));
      const offset = row - (column.length - 1) / 2;
      const [x, y] = direction === 'across' ? [layer, offset] : [offset, layer];
      boxes.set(id, { x: x * stride.x, y: y * stride.y, ...size(node) });
    });
  });
  return boxes;
}

/**
 * Edges among `nodes` as acyclic neighbour lists.
 * @param {Graph} graph
 * @param {GraphNode[]} nodes
 */
function adjacency(graph, nodes) {
  /** @type {Map<string, string[]>} */
  const outgoing = new Map(nodes.map((node) => [node.id, []]));
  for (const edge of graph.edges) {
    if (outgoing.has(edge.to)) outgoing.get(edge.from)?.push(edge.to);
  }
  /** @type {Map<string, string[]>} */
  const successors = new Map(nodes.map((node) => [node.id, []]));
  /** @type {Map<string, string[]>} */
  const predecessors = new Map(nodes.map((node) => [node.id, []]));
  /** @type {Map<string, 'open' | 'done'>} */
  const state = new Map();
  for (const root of nodes) {
    if (state.has(root.id)) continue;
    state.set(root.id, 'open');
    const walk = [{ id: root.id, next: 0 }];
    while (walk.length > 0) {
      const top = walk[walk.length - 1];
      const target = (outgoing.get(top.id) ?? [])[top.next];
      top.next += 1;
      if (target === undefined) {
        state.set(top.id, 'done');
        walk.pop();
      } else if (state.get(target) !== 'open') {
        successors.get(top.id)?.push(target);
        predecessors.get(target)?.push(top.id);
        if (!state.has(target)) {
          state.set(target, 'open');
          walk.push({ id: target, next: 0 });
        }
      }
    }
  }
  return { successors, predecessors };
}

/**
 * The length of the longest path that leads to each node.
 * @param {GraphNode[]} nodes
 * @param {Map<string, string[]>} successors
 */
function longestPaths(nodes, successors) {
  /** @type {Map<string, number>} */
  const waiting = new Map(nodes.map((node) => [node.id, 0]));
  for (const targets of successors.values()) {
    for (const target of targets) waiting.set(target, (waiting.get(target) ?? 0) + 1);
  }
  /** @type {Map<string, number>} */
  const depth = new Map();
  const ready = nodes.filter((node) => waiting.get(node.id) === 0).map((node) => node.id);
  for (const id of ready) {
    const own = depth.get(id) ?? 0;
    depth.set(id, own);
    for (const target of successors.get(id) ?? []) {
      depth.set(target, Math.max(depth.get(target) ?? 0, own + 1));
      const left = (waiting.get(target) ?? 1) - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return depth;
}

/**
 * Moves every node that nothing leads to right before the first node that it feeds.
 * @param {Map<string, number>} depth
 * @param {Map<string, string[]>} successors
 * @param {Map<string, string[]>} predecessors
 */
function pullSources(depth, successors, predecessors) {
  for (const [id, sources] of predecessors) {
    const targets = successors.get(id) ?? [];
    if (sources.length > 0 || targets.length === 0) continue;
    depth.set(id, Math.min(...targets.map((target) => depth.get(target) ?? 1)) - 1);
  }
}

/**
 * Cuts columns longer than `most` into even pieces.
 * @param {string[][]} columns
 * @param {number} most
 */
function wrap(columns, most) {
  return columns.flatMap((column) => {
    const pieces = Math.ceil(column.length / most);
    const length = Math.ceil(column.length / pieces);
    return Array.from({ length: pieces }, (_, i) => column.slice(i * length, (i + 1) * length));
  });
}

/**
 * Orders each column in place, sweeping forth and back.
 * @param {string[][]} columns
 * @param {Map<string, string[]>} successors
 * @param {Map<string, string[]>} predecessors
 */
function order(columns, successors, predecessors) {
  /** @type {Map<string, number>} */
  const place = new Map();
  /** @param {string[]} column */
  const record = (column) => {
    column.forEach((id, row) => place.set(id, row - (column.length - 1) / 2));
  };
  columns.forEach(record);
  for (let sweep = 0; sweep < 6; sweep += 1) {
    const forth = sweep % 2 === 0;
    const neighbours = forth ? predecessors : successors;
    for (const column of forth ? columns : [...columns].reverse()) {
      const weight = new Map(
        column.map((id) => [id, mean(neighbours.get(id) ?? [], place, place.get(id) ?? 0)]),
      );
      column.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
      record(column);
    }
  }
}

/**
 * @param {string[]} ids
 * @param {Map<string, number>} place
 * @param {number} fallback
 */
function mean(ids, place, fallback) {
  if (ids.length === 0) return fallback;
  return ids.reduce((sum, id) => sum + (place.get(id) ?? 0), 0) / ids.length;
}
