// @ts-check
// The few ways in which the page makes and changes elements. Text only ever enters through text
// nodes.

const svgNamespace = 'http://www.w3.org/2000/svg';

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * Creates an HTML element with attributes and children; `null` and `false` attributes are left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  assign(element, attributes);
  element.append(...children);
  return element;
}

/**
 * Creates an SVG element with attributes and children.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = /** @type {SVGElementTagNameMap[K]} */ (
    document.createElementNS(svgNamespace, tag)
  );
  assign(element, attributes);
  element.append(...children);
  return element;
}

/**
 * Sets the only text of `element`, touching the document only when it differs.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  const first = element.firstChild;
  if (first instanceof Text && first === element.lastChild) {
    if (first.data !== text) first.data = text;
  } else {
    element.textContent = text;
  }
}

/**
 * Sets or (with `null`) removes one attribute, touching the document only when it differs.
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * The element with this id, which index.html is known to hold.
 * @template {Element} T
 * @param {string} id
 * @param {new (...parameters: never[]) => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} '#${id}'`);
  return element;
}

/**
 * Keeps the children of `parent` in step with `items`: elements are found again by key, made once,
 * updated, moved only when their order changed, and removed with their item. Nothing flickers and
 * focus stays where it is.
 * @template T
 * @template {Element} E
 * @param {Element} parent
 * @param {Iterable<T>} items
 * @param {(item: T, index: number) => string} key
 * @param {(item: T) => E} make
 * @param {(element: E, item: T) => void} update
 */
export function reconcile(parent, items, key, make, update) {
  const wanted = [...items].map((item, index) => ({ item, name: key(item, index) }));
  const names = new Set(wanted.map(({ name }) => name));
  /** @type {Map<string, Element>} */
  const present = new Map();
  for (const child of [...parent.children]) {
    const name = keys.get(child);
    if (name !== undefined && names.has(name)) present.set(name, child);
    else child.remove();
  }
  let next = parent.firstElementChild;
  for (const { item, name } of wanted) {
    const found = present.get(name);
    const element = /** @type {E} */ (found ?? make(item));
    if (!found) keys.set(element, name);
    update(element, item);
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}

/** @type {WeakMap<Element, string>} */
const keys = new WeakMap();

/**
 * @param {Element} element
 * @param {Attributes} attributes
 */
function assign(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
}
