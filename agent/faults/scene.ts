/** What all families may look at: which legs belong to which groups, where sessions lead, which failovers go on, what sits where. */
import type { FaultInput, Scene } from './set.ts';

/** What is gone stays in mind, for what follows from that; of more than these the first told are forgotten. */
const PLACES_MAX = 1024;

export function setScene(scene: Scene, input: FaultInput): Scene {
  if (input.probe === 'link' && input.aspect === 'legs') {
    const group = input.subject.slice('group/'.length);
    if (input.value === 'unknown') return scene;
    if (input.value === 'absent') return { ...scene, groups: without(scene.groups, group) };
    const legs = [...input.value.up, ...input.value.down, ...input.value.missing].sort();
    if (legs.join() === scene.groups[group]?.join()) return scene;
    return { ...scene, groups: { ...scene.groups, [group]: legs } };
  }
  if (input.probe === 'storage_session') {
    const session = input.subject.slice('session/'.length);
    if (input.value === 'unknown') return scene;
    if (input.value === 'absent') return { ...scene, sessions: without(scene.sessions, session) };
    const { group, target } = input;
    const known = scene.sessions[session];
    if (known?.group === group && known.target === target) return scene;
    return { ...scene, sessions: { ...scene.sessions, [session]: { group, target } } };
  }
  if (input.probe === 'self' && input.aspect === 'failover') {
    const { id, group, drill, state } = input.record;
    if (state !== 'open') return { ...scene, failovers: without(scene.failovers, group) };
    if (scene.failovers[group]?.id === id) return scene;
    return { ...scene, failovers: { ...scene.failovers, [group]: { id, drill } } };
  }
  if (input.probe === 'hw_pci' && input.aspect === 'place') {
    const { subject, value } = input;
    if (value.join() === (scene.pci[subject] ?? []).join()) return scene;
    const others = Object.entries(without(scene.pci, subject)).slice(1 - PLACES_MAX);
    const here = value.length === 0 ? [] : [[subject, value] as const];
    return { ...scene, pci: Object.fromEntries([...others, ...here]) };
  }
  if (input.probe === 'census') {
    const { groups, sessions } = scene;
    return {
      ...scene,
      groups: present(groups, input.groups),
      sessions: present(sessions, input.storage?.sessions ?? null),
    };
  }
  return scene;
}

/** Null: nobody says what there is. */
function present<T>(
  from: Readonly<Record<string, T>>,
  names: readonly string[] | null,
): Readonly<Record<string, T>> {
  if (names === null) return from;
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

function without<T>(from: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _gone, ...rest } = from;
  return rest;
}
