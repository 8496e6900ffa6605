// Reads {function: [cookies]} and prints what each function of packages.js does
// with each.
'use strict'
const packages = require('../../../cookie/testdata/packages.js')
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const answers = {}
for (const name of Object.keys(asked)) answers[name] = asked[name].map(packages[name])
process.stdout.write(JSON.stringify(answers))
