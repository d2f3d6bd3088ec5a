// A whole Bluesky network (PLC directory, PDS, AppView, Ozone) on 127.0.0.1. Says where it is, and lives until stdin ends.
import fs from 'node:fs'

import { TestNetwork } from '@atproto/dev-env'

const { DB_POSTGRES_URL, PORTS, READY_FILE } = process.env
const [plc, pds, bsky, ozone, introspect] = PORTS.split(',').map(Number)
const network = await TestNetwork.create({
  dbPostgresUrl: DB_POSTGRES_URL,
  dbPostgresSchema: 'local',
  plc: { port: plc },
  pds: { port: pds, hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { port: bsky, publicUrl: `http://localhost:${bsky}` },
  ozone: { port: ozone, dbMaterializedViewRefreshIntervalMs: 3_600_000 },
  introspect: { port: introspect },
})
const where = { pds: `http://127.0.0.1:${pds}`, appview: `http://127.0.0.1:${bsky}`, node: process.version }
fs.writeFileSync(`${READY_FILE}.part`, JSON.stringify(where))
fs.renameSync(`${READY_FILE}.part`, READY_FILE)

const stop = async () => {
  try {
    await network.close()
  } finally {
    process.exit(0)
  }
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.stdin.on('end', stop).resume() // whoever started us is gone, even if it was killed
