// Package onmongo tests accounts in MongoDB, which FerretDB stands in for unless
// there is a real one: see package mongotest.
package onmongo
