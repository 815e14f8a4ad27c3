/**
 * node:http without what an import of it as an ES module brings along: that reads all that the module offers, which
 * loads Node's own fetch and WebSocket, 10 MB.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
