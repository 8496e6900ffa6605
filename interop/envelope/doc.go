// Package envelope proves that connect-mongo opens the envelopes of
// store/mongostore/envelope, and that that package opens connect-mongo's.
package envelope
