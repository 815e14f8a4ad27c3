/** Sessions that the kernel keeps with storage targets: are they usable, and is there a connection to the other end? */

import { tableGet } from '../../topology/table.ts';
import type { SessionEntry } from '../../topology/told.ts';
import type { Observation, Us } from '../../types.ts';
import type { Probe } from '../probe.ts';

export const probe: Probe = {
  name: 'storage_session',
  observe(frame, { storage, effect }) {
    const t = frame.data.t_us;
    return [
      ...effect.gone.sessions.map(session => observation(session, t, 'absent')),
      ...[...new Set(effect.storage.session)].flatMap(id => {
        const session = tableGet(storage.session, id);
        return session === undefined ? [] : [reading(session, t)];
      }),
    ];
  },
};

type Session = Extract<Observation, { probe: 'storage_session' }>;

/** Not at its last frame's time: that its connection has come or gone is as new as this frame. */
function reading(session: SessionEntry, t: Us): Session {
  if (session.stale) return observation(session, t, 'unknown');
  return observation(session, t, session.usable ? 'usable' : 'failed');
}

function observation(session: SessionEntry, t: Us, value: Session['value']): Session {
  const { protocol, target: name, remote: target, group, state, disks, connected } = session;
  return {
    probe: 'storage_session',
    aspect: 'session',
    subject: `session/${session.session}`,
    value,
    t,
    protocol,
    name,
    target,
    group,
    state,
    disks,
    connected,
  };
}
