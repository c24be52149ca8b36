const { Command, run, simulate, version } = require('jobsem')
const { simulate: play } = require('jobsem/testing')

const job = {
  metadata: { name: 'pi' },
  spec: {
    template: {
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'main',
            image: 'none',
            command: [process.execPath, '-e', 'process.stdout.write("six")'],
          },
        ],
      },
    },
  },
}
if (simulate(job).outcome.verdict !== 'succeeded') throw new Error('not simulated')
play(job).succeeds()
run(job, new Command(undefined, { capture: true })).then((result) => {
  if (result.check().values[0] !== 'six') throw new Error('not run')
  console.log('cjs', version)
})
