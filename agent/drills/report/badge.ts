/** A verdict as a word on a colour of its own. */
import type { DrillVerdict } from '../report.ts';
import { type Markup, markup } from './markup.ts';

const TONES: Readonly<Record<DrillVerdict, string>> = {
  PASS: 'pass',
  FAIL: 'fail',
  INCONCLUSIVE: 'warn',
  NOT_MEASURED: 'warn',
  INVALID: 'warn',
};

/** Name of the colour (style.ts). */
export const toneOf = (verdict: DrillVerdict): string => TONES[verdict];

export const badge = (verdict: DrillVerdict, large = false): Markup =>
  markup`<span class="badge ${toneOf(verdict)}${large && ' large'}">${verdict.replace('_', ' ')}</span>`;
