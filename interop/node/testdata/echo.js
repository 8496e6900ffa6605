// Answers each line with itself in upper case.
const express = require('express')
require('readline').createInterface({ input: process.stdin }).on('line', line => console.log(line.toUpperCase()))
console.log(`ready ${typeof express} ${process.env.GREETING}`)
