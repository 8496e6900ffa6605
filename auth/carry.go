package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

// carriedFor is how long what CarryBrowser has returned is worth something: as
// long as a browser takes to follow a redirect.
const carriedFor = time.Minute

// CarryBrowser returns what makes the browser of r known again after a response
// that takes all its cookies away (Clear-Site-Data), as a logout should. It is
// meant for the query of the redirect that such a response is:
//
//	location := "/login?browser=" + accounts.CarryBrowser(r)
//
// It is sealed, holds for a minute, and proves nothing but that the browser is
// known. It is empty for a browser that is not. See [Authenticator.RestoreBrowser].
func (a *Authenticator) CarryBrowser(r *http.Request) string {
	return a.browsers.carry(a.browsers.tokens(r), time.Now())
}

// RestoreBrowser sets the cookie by which the browser is known, as it was before
// [Authenticator.CarryBrowser] returned carried, and reports whether it did. What
// the browser has kept, or got since, stays and comes first: anybody can make a
// link with a cookie of his own in it, and must not take away another's with it.
// Redirect to a URL without it then. The request must have passed through the
// Handler of a session.Manager.
func (a *Authenticator) RestoreBrowser(w http.ResponseWriter, r *http.Request, carried string) bool {
	now := time.Now()
	tokens := a.browsers.carriedOver(carried, now)
	if len(tokens) == 0 {
		return false
	}
	all := a.browsers.tokens(r)
	for _, t := range tokens {
		if len(all) < maxTokens && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	a.browsers.set(w, all, now, session.From(r).Manager().OverHTTPS(r))
	return true
}

func newCarrier(secret string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sojourn: known browser, carried", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (b *browsers) carry(tokens []token, now time.Time) string {
	if len(tokens) == 0 {
		return ""
	}
	raw := binary.BigEndian.AppendUint64(nil, uint64(now.Add(carriedFor).Unix()))
	for i := range tokens[:min(len(tokens), maxTokens)] {
		raw = append(raw, tokens[i][:]...)
	}
	return tokenEncoding.EncodeToString(b.carriers[0].Seal(nil, nil, raw, nil))
}

func (b *browsers) carriedOver(carried string, now time.Time) (tokens []token) {
	const limit = 2048 // far more than it can be
	sealed, err := tokenEncoding.DecodeString(carried)
	if err != nil || len(carried) > limit {
		return nil
	}
	for _, c := range b.carriers {
		raw, err := c.Open(nil, nil, sealed, nil)
		if err != nil || len(raw) < 8 || !now.Before(time.Unix(int64(binary.BigEndian.Uint64(raw)), 0)) {
			continue
		}
		for raw = raw[8:]; len(raw) >= tokenSize; raw = raw[tokenSize:] {
			tokens = append(tokens, token(raw[:tokenSize]))
		}
		return tokens
	}
	return nil
}
