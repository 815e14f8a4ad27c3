/** Prometheus Alertmanager; where it sends to is in the text of the caller. */

import { answers, type ServiceSpec } from '../../debs/service.ts';
import { ADDRESS } from '../network.ts';

export const ALERTMANAGER_URL = `http://${ADDRESS}:9093`;

const NO_RECEIVER = 'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n';

export const alertmanagerFiles = (config = NO_RECEIVER): Record<string, string> => ({
  'etc/alertmanager.yml': config,
});

export const alertmanager = (): ServiceSpec => ({
  name: 'alertmanager',
  argv: [
    'prometheus-alertmanager',
    '--config.file=/run/etc/alertmanager.yml',
    '--storage.path=/run/alertmanager',
    `--web.listen-address=${ADDRESS}:9093`,
    '--cluster.listen-address=',
  ],
  ready: () => answers(`${ALERTMANAGER_URL}/-/ready`),
});
