// @ts-check
// Dark or light: as the system says, unless the user chose. Loaded before the page is drawn.

const storageKey = 'fissure-theme';
const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');

/** Sets the theme that was chosen, or none so that the system's applies. */
export function applyTheme() {
  const chosen = stored();
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
}

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === undefined ? systemIsDark.matches : chosen === 'dark';
}

/** Changes to the other theme; back at the system's own, the choice is forgotten. */
export function toggleTheme() {
  const next = isDark() ? 'light' : 'dark';
  const isSystems = (next === 'dark') === systemIsDark.matches;
  if (isSystems) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (isSystems) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, next);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}

/** @param {() => void} callback Called when the system's theme changes. */
export function onSystemTheme(callback) {
  systemIsDark.addEventListener('change', callback);
}

function stored() {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // Storage is switched off: the system decides.
  }
}

applyTheme();
