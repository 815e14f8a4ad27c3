/**
 * Pieces of the pictures. Across, everything is in per cent of the picture's width, so that it fits every screen while
 * letters and dots keep their size; down, in pixels.
 */
import { type Markup, markup } from './markup.ts';
import type { Scale, Tick } from './scale.ts';

/** `12.34%` of a share 0..1. */
export const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;

export const line = (x: number, y1: number, y2: number, kind: string): Markup =>
  markup`<line class="${kind}" x1="${percent(x)}" x2="${percent(x)}" y1="${y1}" y2="${y2}"/>`;

export const label = (
  x: number,
  y: number,
  text: string,
  kind: string,
  anchor: 'start' | 'middle' | 'end' = anchorAt(x),
  dx = 0,
): Markup =>
  markup`<text class="${kind}" x="${percent(x)}" y="${y}" text-anchor="${anchor}"${dx !== 0 && markup` dx="${dx}"`}>${text}</text>`;

/** So that a text near an edge stays inside. */
const anchorAt = (x: number): 'start' | 'middle' | 'end' =>
  x < 0.06 ? 'start' : x > 0.94 ? 'end' : 'middle';

/** A shape of fixed size around a point. */
export const shape = (x: number, y: number, path: string, kind: string, title: string): Markup =>
  markup`<svg x="${percent(x)}" y="${y}" overflow="visible"><path class="${kind}" d="${path}"><title>${title}</title></path></svg>`;

export const dot = (x: number, y: number, kind: string, title: string): Markup =>
  markup`<circle class="${kind}" cx="${percent(x)}" cy="${y}" r="4.5"><title>${title}</title></circle>`;

export const DIAMOND = 'M0-5.5L5.5 0L0 5.5L-5.5 0Z';
export const SQUARE = 'M-4-4H4V4H-4Z';
/** It goes on beyond the right edge. */
export const BEYOND = 'M-8-5L-1 0L-8 5';

export const grid = (scale: Scale, y1: number, y2: number): Markup[] =>
  scale.ticks.map(({ at }) => line(at, y1, y2, 'grid'));

/** On a narrow screen only every nth is shown. */
export const tickLabels = (
  ticks: readonly Tick[],
  y: number,
  text: (value: number) => string,
  nth = ticks.length > 4 ? 2 : 1,
): Markup[] =>
  ticks.map(({ at, value }, i) => label(at, y, text(value), i % nth === 0 ? 'tick' : 'tick minor'));
