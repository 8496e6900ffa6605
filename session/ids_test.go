package session_test

import (
	"encoding/base64"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// CVE-2025-66630 (fiber): ids that nobody can guess, each another. Where the
// system has no randomness package crypto/rand ends the program.
func TestIDsAreRandom_CVE_2025_66630(t *testing.T) {
	t.Parallel()
	const n, size = 20_000, 24
	m := newWeb(t, session.Options{})
	seen := make(map[string]bool, n)
	var counts [size][256]int
	for range n {
		s, err := m.Load(request("/", ""))
		must(t, err)
		id := s.ID()
		random, err := base64.RawURLEncoding.Strict().DecodeString(id)
		if err != nil || len(random) != size {
			t.Fatalf("an id of %d characters is %d bytes, %v", len(id), len(random), err)
		}
		if seen[id] {
			t.Fatal("an id comes twice")
		}
		seen[id] = true
		for i, b := range random {
			counts[i][b]++
		}
	}
	// Chi-square with 255 degrees of freedom: at 430 one of some 10^11 truly
	// random bytes would be called skewed.
	const expected = float64(n) / 256
	for i := range counts {
		chi := 0.0
		for _, count := range counts[i] {
			d := float64(count) - expected
			chi += d * d / expected
		}
		if chi > 430 {
			t.Errorf("byte %d is skewed: chi-square %.0f", i, chi)
		}
	}
}
