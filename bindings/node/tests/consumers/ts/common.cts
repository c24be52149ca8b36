import jobsem = require('jobsem')

const valid: boolean = jobsem.validate('kind: Job').valid
console.log(valid)
