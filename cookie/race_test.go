//go:build race

package cookie_test

// raceEnabled is true when the race detector, under which sync.Pool drops
// some of what is put into it, makes allocation counts meaningless.
const raceEnabled = true
