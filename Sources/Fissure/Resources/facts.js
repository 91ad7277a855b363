// @ts-check
// Draws facts as a description list that is updated in place.

import { html, reconcile, setText } from './dom.js';

/** @typedef {{term: string, text: string}} Fact */

/**
 * @param {Element} list
 * @param {Fact[]} facts
 */
export function drawFacts(list, facts) {
  reconcile(
    list,
    facts,
    (fact) => fact.term,
    (fact) => html('div', {}, html('dt', {}, fact.term), html('dd')),
    (element, fact) => setText(element.children[1], fact.text),
  );
}
