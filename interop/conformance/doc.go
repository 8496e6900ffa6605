// Package conformance proves that package session behaves as express-session
// does: the same requests with the same options go to both, thousands of them,
// and what comes back has to be equal byte for byte: status, cookies, calls of
// the store with their arguments, and the records.
//
// Where the two differ on purpose a rule says how, and predicts our bytes from
// Express's. Each rule quotes the line of docs/express.md that tells users of
// the difference. What no rule predicts is a failure.
package conformance
