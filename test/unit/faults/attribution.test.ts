/** Which leg, or the target: what a stalled path says of itself when the other flows have been heard. */
import t from 'tap';
import type { Observation } from '../../../agent/types.ts';
import { answers, by, carrier, flow, legs, ms, Story, s } from './story.ts';

const object = 'target/g/10.0.0.2';
const fault = (story: Story) => story.state.active[`storage-path-stalled ${object}`];

/** Flows 1, 2, … by these legs, all of which move. */
function moving(...ways: string[]): Story {
  const story = new Story().tell(legs('g', 1 * s, ['a', 'b']));
  for (const [i, way] of ways.entries()) story.tell(by(`${i + 1}`, 'moving', 1 * s, way));
  story.said();
  return story;
}

const stall = (story: Story, ...flows: [string, string][]): Story => {
  for (const [id, way] of flows) story.tell(by(id, 'stalled', 2 * s, way));
  return story;
};

t.test('all that stand still use one leg, others move: that leg, with the counts', async t => {
  const story = stall(moving('a', 'a', 'a', 'b', 'b'), ['1', 'a'], ['2', 'a'], ['3', 'a']);
  t.same(story.said(), [`active storage-path-stalled ${object}`], 'at once, and once');
  story.until(2 * s + 29 * ms);
  t.same(story.said(), []);
  story.until(2 * s + 30 * ms);
  t.same(story.said(), [`changed storage-path-stalled ${object}`]);
  t.match(fault(story), {
    leg: 'a',
    details: [
      'leg a: 3 of 3 flows by it stand still, 0 of 2 by others',
      'flow 1 (client)',
      'leaves by a',
      'comes by a',
    ],
  });
  story.tell(by('1', 'moving', 3 * s, 'a')).tell(by('1', 'stalled', 4 * s, 'a'));
  story.until(5 * s);
  t.same(story.said(), [], 'other counts are no news');
});

t.test('a leg that only their way back has in common', async t => {
  const story = stall(moving('a b', 'b b', 'a a'), ['1', 'a b'], ['2', 'b b']).until(3 * s);
  t.match(fault(story), { leg: 'b', details: [/^leg b: 2 of 2 /] });
});

t.test('of two legs that all have in common, the one whose probe has no answer', async t => {
  const told = (silent: boolean) => {
    const story = moving('a b', 'a b', 'b b', 'a a');
    if (silent) story.tell(answers('a', 'no', 2 * s - 1));
    return fault(stall(story, ['1', 'a b'], ['2', 'a b']).until(3 * s));
  };
  t.match(told(false)?.details, ['flow 1 (client)', 'leaves by a', 'comes by b']);
  t.match(told(true), { leg: 'a', details: [/^leg a: .*, its probe has no answer$/] });
});

t.test('on every leg: the target', async t => {
  const story = stall(moving('a', 'b'), ['1', 'a'], ['2', 'b']).until(3 * s);
  t.match(fault(story), {
    leg: null,
    details: ['the target: all 2 flows to it stand still, by a and b', 'flow 1 (client)'],
  });
});

t.test('nothing is guessed', async t => {
  const told = (story: Story) => story.until(3 * s).said();
  const raised = [`active storage-path-stalled ${object}`];
  t.same(told(stall(moving('a'), ['1', 'a'])), raised, 'there is no other flow');
  t.same(told(stall(moving('a', 'a', 'a', 'b'), ['1', 'a'])), raised, 'most by the leg move');
  const elsewhere = moving('a').tell(by('9', 'moving', 1 * s, 'b', { target: '10.0.0.3' }));
  t.same(told(stall(elsewhere, ['1', 'a'])), raised, 'the other leg leads to another target');
  const explained = moving('a', 'b')
    .tell(carrier('a', 'up', 1 * s, 1, 0))
    .tell(carrier('a', 'down', 2 * s - ms, 1, 1));
  explained.said();
  t.same(told(stall(explained, ['1', 'a'])), raised, 'a fault of the leg explains it');
});

t.test('targets of different names by one leg tell that it is the leg', async t => {
  const other = (value: 'moving' | 'stalled', t: number): Observation =>
    flow('9', value, t, { target: '10.0.0.3', leg: 'a' });
  const story = moving('a').tell(other('moving', 1 * s));
  story.tell(by('8', 'moving', 1 * s, 'b', { target: '10.0.0.4' }));
  stall(story, ['1', 'a'])
    .tell(other('stalled', 2 * s))
    .until(3 * s);
  t.match(fault(story), { leg: 'a', details: [/^leg a: 2 of 2 .* 0 of 1 by others$/] });
});
