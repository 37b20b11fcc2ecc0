/** Owns the line in which an area of the operator's page says what is wrong with it. */

import { troubleWords } from '../components.js';
import { element } from '../text.js';

export function troubleLine() {
  const root = element('p', 'bad');
  root.setAttribute('role', 'alert');
  root.hidden = true;

  return {
    root,
    /** @param {unknown} error @param {boolean} isOld something is shown, and it is not of now */
    say(error, isOld) {
      const { title, text } = troubleWords(error);
      const said = `${isOld ? 'This is old. ' : ''}${title}. ${text}`;
      if (root.textContent !== said) root.textContent = said;
      root.hidden = false;
    },
    /** All is well. */
    hide() {
      root.hidden = true;
    },
  };
}
