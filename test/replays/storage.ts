/** Stories of storage behind the legs: iSCSI sessions, a multipath device made of their disks, a target that goes away. */
import type { Frame } from '../../agent/wire.ts';
import { Host, ms, s } from '../unit/main/host.ts';
import { sessionFields } from '../unit/support/storage_frames.ts';

const DISKS = ['sdb', 'sdc'] as const;

/** Both sessions lead to the lab's target; their disks are the paths of dm-0. */
class StorageHost extends Host {
  /** As its sessions, disks and map are now. */
  tell(usable = true): this {
    this.whole('session', () => {
      for (const [i] of DISKS.entries()) this.tellSession(i + 1, usable);
    });
    this.whole('disk', () => {
      for (const [i, disk] of DISKS.entries()) {
        const session = `iscsi:session${i + 1}`;
        const of = { disk, major: 8, minor: 16 * (i + 1), kind: 'iscsi' as const };
        const above = { session, map: 'dm-0', pci: null, scsi: null, holders: ['dm-0'] };
        this.say('disk', { ...of, ...above, gone: false });
      }
    });
    this.whole('block', () => {});
    return this.whole('multipath', () => this.tellMap(2));
  }

  whole(source: string, tell: () => void): this {
    this.say('snapshot', { source, phase: 'begin', complete: false });
    tell();
    return this.say('snapshot', { source, phase: 'end', complete: true });
  }

  tellSession(number: number, usable: boolean): this {
    const state = usable ? 'LOGGED_IN' : 'FAILED';
    const disks = [DISKS[number - 1]!];
    return this.say('session', sessionFields(number, { state, usable, disks }));
  }

  /** The first paths are usable, so many. */
  tellMap(usable: number): this {
    return this.say('multipath', {
      map: 'dm-0',
      name: 'mpatha',
      kind: 'dm',
      paths: DISKS.map((disk, i) => ({
        disk,
        session: `iscsi:session${i + 1}`,
        usable: i < usable,
        state: i < usable ? 'active' : 'failed',
        access: null,
        failures: i < usable ? 0 : 1,
      })),
      gone: false,
    });
  }
}

export const storage: Record<string, () => Frame[]> = {
  /** Its legs are well and it answers nothing any more; after a while it is there again. */
  'made-storage-target-dies'() {
    const host = new StorageHost().attach().tell().wait(5 * s);
    host.wait(53 * ms).stall().wait(947 * ms);
    const since_us = host.t - 990 * ms;
    for (const disk of DISKS) {
      host.say('io_stall', {
        ...{ disk, since_us, threshold_us: 900 * ms, in_flight: 4 },
        operation: 'write',
      });
    }
    host.wait(4 * s).tellSession(1, false).wait(200 * ms).tellSession(2, false);
    host.wait(800 * ms).tellMap(1).wait(300 * ms).tellMap(0);
    host.wait(10 * s).resume();
    for (const disk of DISKS) host.say('io_resume', { disk, since_us });
    host.tellSession(1, true).tellSession(2, true).wait(500 * ms).tellMap(2);
    return host.wait(20 * s).frames;
  },
};
