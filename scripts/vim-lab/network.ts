/** The VIM's network namespace: one address that all services bind to, and a link to each namespace that is to reach it. */
import { namespaceNames } from '../lab/network.ts';
import { run } from '../lab/run.ts';

export const ADDRESS = '10.77.77.1';

/** Of the links: 10.77.<100 + n>.0/30. Their numbers keep clear of those that the lab uses (scripts/lab/network.ts). */
const FIRST_LINK = 100;
const MOST_LINKS = 100;
/** Number and name of the far end. One that differs from the near end's: linkwatch is to take its events as urgent. */
const FAR_INDEX = 91;
const FAR_NAME = 'to-vim';

/** A namespace by its name, or null for this process's own. */
export type Namespace = string | null;

const ipIn = (netns: Namespace, ...words: string[]) =>
  run(['ip', ...(netns === null ? [] : ['-n', netns]), ...words]);

export class VimNetwork {
  readonly netns: string;
  #links = 0;
  #ownLink = false;

  private constructor(netns: string) {
    this.netns = netns;
  }

  /** suffix: makes the name unique on the machine. */
  static async create(suffix: string): Promise<VimNetwork> {
    const netns = vimNamespace(suffix);
    await run(['ip', 'netns', 'add', netns]);
    await ipIn(netns, 'link', 'set', 'lo', 'up');
    await ipIn(netns, 'address', 'add', `${ADDRESS}/32`, 'dev', 'lo');
    return new VimNetwork(netns);
  }

  /** Links a namespace with the VIM's; returns its address on the link, which the VIM reaches. Once for each namespace. */
  async attach(other: Namespace): Promise<string> {
    const number = FIRST_LINK + this.#links++;
    if (number >= FIRST_LINK + MOST_LINKS) throw new Error(`more than ${MOST_LINKS} links`);
    const [near, far] = [`10.77.${number}.1`, `10.77.${number}.2`];
    const name = `link${number}`;
    await ipIn(
      this.netns,
      ...['link', 'add', name, 'index', String(number), 'type', 'veth'],
      ...['peer', 'name', FAR_NAME, 'index', String(FAR_INDEX)],
      ...['netns', other ?? String(process.pid)],
    );
    if (other === null) this.#ownLink = true;
    await ipIn(this.netns, 'address', 'add', `${near}/30`, 'dev', name);
    await ipIn(this.netns, 'link', 'set', name, 'up');
    await ipIn(other, 'address', 'add', `${far}/30`, 'dev', FAR_NAME);
    await ipIn(other, 'link', 'set', FAR_NAME, 'up');
    await ipIn(other, 'route', 'add', `${ADDRESS}/32`, 'via', near);
    return far;
  }

  /** Takes the link out of this process's namespace. The kernel would do it too, but some time after the VIM's namespace is gone. */
  async detachOwn(): Promise<void> {
    if (!this.#ownLink) return;
    this.#ownLink = false;
    await ipIn(null, 'link', 'del', FAR_NAME);
  }
}

/** The namespace of a VIM is named as that of a lab's receiver. */
export const vimNamespace = (suffix: string): string =>
  namespaceNames(suffix).find(name => name.startsWith('pw-vim-'))!;
