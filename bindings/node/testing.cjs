'use strict'

const testing = require('./lib/testing.cjs')(require('./index.cjs').simulate)

module.exports.Pods = testing.Pods
module.exports.Sim = testing.Sim
module.exports.matchers = testing.matchers
module.exports.simulate = testing.simulate
