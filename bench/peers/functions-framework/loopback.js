// The framework has no option for the address: every server of this process listens on loopback.
const {Server} = require('http');
const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, Number(port), '127.0.0.1', ...rest.filter((value) => typeof value === 'function'));
};
