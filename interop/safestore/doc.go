// Package safestore proves what the npm package in interop/safe-store promises, with
// Express alone and with Go beside it.
package safestore
