/** Opens a VIM, says where it is, and waits to be killed. */
import '../../scripts/vim-lab/own-namespace.ts';
import { openVim } from '../../scripts/vim-lab/vim.ts';

const vim = await openVim({ services: ['nats', 'rabbitmq'] });
process.stdout.write(`${JSON.stringify({ dir: vim.dir, netns: vim.netns })}\n`);
setInterval(() => {}, 1000);
