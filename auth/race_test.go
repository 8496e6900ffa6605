//go:build race

package auth_test

// raceDetector tells whether the race detector is on.
const raceDetector = true
