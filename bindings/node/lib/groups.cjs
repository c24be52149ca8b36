'use strict'

// Process groups that run now. They are not in the group of the terminal, so that Ctrl-C and other
// ends of this process have to be passed on.

const groups = new Map()
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

function signal(group, name) {
  try {
    process.kill(process.platform === 'win32' ? group : -group, name)
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error
  }
}

function killAll() {
  for (const group of groups.keys()) signal(group, 'SIGKILL')
}

/**
 * Cancels the runs, and does with the signal what would have been done without them.
 *
 * Whoever signals again does not wait for the grace period: what is left then is killed.
 */
async function interrupted(name) {
  await Promise.all(
    Array.from(new Set(groups.values()), (cancel) => cancel(new Error(`interrupted by ${name}`))),
  )
  for (const one of SIGNALS) process.off(one, interrupted)
  if (process.listenerCount(name) > 0) return
  killAll()
  process.kill(process.pid, name)
}

function listen() {
  process.on('exit', killAll)
  for (const name of SIGNALS) process.on(name, interrupted)
}

function unlisten() {
  process.off('exit', killAll)
  for (const name of SIGNALS) process.off(name, interrupted)
}

/**
 * Looks after the group that `start` starts, until `unguard` is called; `cancel` ends its run.
 *
 * A command may run before its start has returned here, and a signal may come then: who listens
 * later leaves it behind.
 */
function guard(start, cancel) {
  if (groups.size === 0) listen()
  let child
  try {
    child = start()
  } finally {
    if (child?.pid !== undefined) groups.set(child.pid, cancel)
    else if (groups.size === 0) unlisten()
  }
  const unguard = () => {
    if (groups.delete(child.pid) && groups.size === 0) unlisten()
  }
  return { child, unguard }
}

module.exports = { guard, signal }
