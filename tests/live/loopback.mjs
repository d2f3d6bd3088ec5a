// Preload: every TCP listen() of the process goes to 127.0.0.1, whatever the servers ask for.
import net from 'node:net'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  const [first] = args
  if (typeof first === 'object' && first !== null && !first.path && !first.fd && !first._handle) {
    args[0] = { ...first, host: '127.0.0.1' }
  } else if (first === undefined || typeof first === 'number' || /^\d+$/.test(first)) {
    const done = args.find((arg) => typeof arg === 'function')
    args = [{ port: Number(first ?? 0), host: '127.0.0.1' }, ...(done ? [done] : [])]
  }
  return listen.apply(this, args)
}
