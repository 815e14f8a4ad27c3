import { connect } from 'node:net';

/** Does anybody accept connections on this unix socket? */
export function accepts(path: string): Promise<boolean> {
  return firstEvent(path, 'connect');
}

/** Does a server there speak first, within 500 ms? */
export function greets(path: string): Promise<boolean> {
  return firstEvent(path, 'data');
}

function firstEvent(path: string, event: 'connect' | 'data'): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path);
    const end = (happened: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(happened);
    };
    const timer = setTimeout(() => end(false), 500);
    socket.once(event, () => end(true));
    socket.once('error', () => end(false));
  });
}
