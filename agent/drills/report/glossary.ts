/** What the words of the report mean. */
import { markup } from './markup.ts';

const WORDS: [string, string][] = [
  ['cut', 'When the leg was lost: all times count from here.'],
  ['seen', 'The first word of it by the helper, the part of pathwarden that watches the kernel.'],
  ['switched', 'The first packet of an affected connection on another leg.'],
  [
    'announced',
    'Bonds and teams: the first gratuitous ARP or unsolicited neighbour advertisement after the switch, by which switches learn the new way.',
  ],
  ['flowing', 'Every affected connection progresses again.'],
  ['told', 'The alarm receiver acknowledged. Judged on its own, against the same budget.'],
  ['healed', 'When the drill put the leg back. The way back is measured the same way, from here.'],
  [
    'gap',
    'The longest time that any one connection stood still while it had something to say: this is what the budget limits. Its bar is drawn from the cut to show its length. A hollow bar and “≤”: no longer than the pause that the traffic makes by itself.',
  ],
  [
    'phases',
    'What the time from the cut to flowing went into: detection (until the bond knows), switch (until it uses another member), announcement, and recovery (the transports’ own retransmission).',
  ],
  ['link down', 'How often, and when, a leg that was made to flap had no link.'],
  [
    'nudge',
    'How pathwarden makes the kernel act on a lost link at once; off: the kernel was left alone. Like the carrier strategy, by which losses are seen, it changes the outcome.',
  ],
  [
    'primed',
    'Another link flapped just before the cut, which makes the kernel up to a second late by itself: its worst case.',
  ],
  [
    'FAIL',
    'Longer than the budget, or healed without having switched, or not restored afterwards.',
  ],
  ['INCONCLUSIVE', 'The cut is not known well enough to say whether the gap keeps the budget.'],
  ['NOT MEASURED', 'No connection on the leg had anything to say.'],
  ['INVALID', 'It proves nothing: the cut met no packet, was not held, or was broken off.'],
];

export const glossary = markup`<section class="card"><h2>How to read this</h2><dl class="words">${WORDS.map(
  ([word, meaning]) => markup`<dt>${word}</dt><dd>${meaning}</dd>`,
)}</dl></section>`;
