// Package twins runs an Express application and its twin in Go side by side, on
// one engine and with the cookies of one browser: express-session with the store
// that Node has for the engine, and our session middleware with ours. There is
// nothing here but tests.
//
// The table of engines is in engines_test.go, with a line for each in
// testdata/stores.js; the list of what all of them are put through is in
// twins_test.go.
package twins
