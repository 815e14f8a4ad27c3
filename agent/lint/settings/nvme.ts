/** NVMe over TCP, by what the kernel uses now: /sys/class/nvme. PCIe and Fibre Channel controllers are no network paths. */
import { failed, numberSetting, setting, type Tree, wholeNumber } from '../tree.ts';
import { known, orDefault, plain, type Value } from '../value.ts';

export interface NvmeController {
  /** nvme0 */
  id: string;
  subsystem: Value<string>;
  /** Address of the target, ours, and our interface: null where the connection does not name it. */
  address: Value<string | null>;
  local: string | null;
  interface: string | null;
  /** s; 0: no keep-alive. */
  keep_alive_tmo: Value<number>;
  /** s; negative: off, wait forever. */
  fast_io_fail_tmo: Value<number>;
  ctrl_loss_tmo: Value<number>;
  reconnect_delay: Value<number>;
}

export interface Nvme {
  controllers: Value<NvmeController[]>;
  /** The driver itself switches between the controllers of a subsystem. */
  native: Value<boolean>;
}

const FOLDER = '/sys/class/nvme';
const CONTROLLERS_MAX = 1024;
/** NVMF_DEF_RECONNECT_DELAY, drivers/nvme/host/fabrics.h; NVME_DEFAULT_KATO, nvme.h. */
const KATO_S = 5;

export function readNvme(tree: Tree): Nvme {
  const listing = tree.list(FOLDER);
  const parameter = '/sys/module/nvme_core/parameters/multipath';
  const native = orDefault(
    setting(tree, parameter, 'Y or N', text => (/^[YN]$/.test(text) ? text === 'Y' : null)),
    false,
  );
  if (listing.state !== 'names') return { controllers: failed(listing, FOLDER), native };
  const controllers = listing.names
    .filter(name => /^nvme\d+$/.test(name))
    .slice(0, CONTROLLERS_MAX)
    .filter(name => plain(line(tree, `${FOLDER}/${name}/transport`)) === 'tcp')
    .map(name => readController(tree, name));
  return { controllers: known(controllers, FOLDER), native };
}

function readController(tree: Tree, id: string): NvmeController {
  const file = (name: string) => `${FOLDER}/${id}/${name}`;
  const seconds = (name: string) =>
    setting(tree, file(name), 'seconds, or off', text =>
      text === 'off' ? -1 : wholeNumber(text, -1),
    );
  const address = line(tree, file('address'));
  const part = (name: string) =>
    new RegExp(`(?:^|,)${name}=([^,]+)`).exec(plain(address) ?? '')?.[1] ?? null;
  return {
    id,
    subsystem: line(tree, file('subsysnqn')),
    address: address.state === 'known' ? { ...address, value: part('traddr') } : address,
    local: part('host_traddr') ?? part('src_addr'),
    interface: part('host_iface'),
    keep_alive_tmo: orDefault(numberSetting(tree, file('kato'), 0, 2 ** 31), KATO_S),
    fast_io_fail_tmo: seconds('fast_io_fail_tmo'),
    ctrl_loss_tmo: seconds('ctrl_loss_tmo'),
    reconnect_delay: seconds('reconnect_delay'),
  };
}

const line = (tree: Tree, file: string): Value<string> =>
  setting(tree, file, 'a name', text => text || null);
