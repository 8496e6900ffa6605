package auth

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

const (
	// maxTokens is how many accounts a browser is known for: a family's.
	maxTokens = 4
	// knownFor is how many days a browser stays known after a login.
	knownFor = 180

	nonceSize    = 16
	tokenSize    = nonceSize + 4 + sha256.Size
	tokenVersion = 1
)

// token is the proof that a browser has logged in as some account: a nonce, the
// day it was issued, and a MAC over both, the account's id, and the hash of the
// password, which it does not contain.
type token [tokenSize]byte

func (t *token) nonce() []byte { return t[:nonceSize] }
func (t *token) day() uint32   { return binary.BigEndian.Uint32(t[nonceSize:]) }
func (t *token) signed() []byte {
	return t[:nonceSize+4]
}
func (t *token) mac() []byte { return t[nonceSize+4:] }

// fresh reports whether the token counts at now. One of tomorrow is another
// server's, whose clock is ahead.
func (t *token) fresh(now time.Time) bool {
	age := int64(today(now)) - int64(t.day())
	return age >= -1 && age < knownFor
}

func today(now time.Time) uint32 { return uint32(now.Unix() / (24 * 60 * 60)) }

// browsers knows browsers again by their cookie.
type browsers struct {
	name string
	keys [][]byte // the first signs, all verify; none: no browser is known
	// carriers seal tokens on their way past a Clear-Site-Data.
	carriers []cipher.AEAD
}

func newBrowsers(o Options) (*browsers, error) {
	b := &browsers{name: o.BrowserCookie}
	for _, secret := range o.Secrets {
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sojourn: known browser", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("deriving a key: %w", err)
		}
		b.keys = append(b.keys, key)
		carrier, err := newCarrier(secret)
		if err != nil {
			return nil, err
		}
		b.carriers = append(b.carriers, carrier)
	}
	return b, nil
}

// tokens returns the tokens of a request that might count. Whether one does is
// seen when there is an account to hold it against.
func (b *browsers) tokens(r *http.Request) []token {
	if len(b.keys) == 0 {
		return nil
	}
	value, _ := cookie.Find(r.Header["Cookie"], b.name)
	tokens, _ := parseTokens(value)
	now := time.Now()
	fresh := tokens[:0]
	for _, t := range tokens {
		if t.fresh(now) {
			fresh = append(fresh, t)
		}
	}
	return fresh
}

// known returns the token that proves that the browser has logged in to the
// account, with the password that it has. Nobody has the id "".
func (b *browsers) known(tokens []token, account Account) (t token, ok bool) {
	if account.ID == "" {
		return token{}, false
	}
	for _, t := range tokens {
		for _, key := range b.keys {
			if hmac.Equal(sign(key, &t, account), t.mac()) {
				return t, true
			}
		}
	}
	return token{}, false
}

// remember has the browser be known for the account, in place of one of others
// if they are too many.
func (b *browsers) remember(w http.ResponseWriter, r *http.Request, account Account, https bool) {
	if len(b.keys) == 0 {
		return
	}
	now := time.Now()
	tokens := []token{b.issue(account, now)}
	for _, t := range b.tokens(r) {
		if _, same := b.known([]token{t}, account); !same && len(tokens) < maxTokens {
			tokens = append(tokens, t)
		}
	}
	b.set(w, tokens, now, https)
}

// set sends the cookie.
func (b *browsers) set(w http.ResponseWriter, tokens []token, now time.Time, https bool) {
	c := cookie.Cookie{
		Name: b.name, Value: formatTokens(tokens), Path: "/", Expires: now.Add(knownFor * 24 * time.Hour),
		HttpOnly: true, Secure: https || needsHTTPS(b.name), SameSite: http.SameSiteLaxMode,
	}
	w.Header().Add("Set-Cookie", c.String())
}

func (b *browsers) issue(account Account, now time.Time) (t token) {
	_, _ = rand.Read(t.nonce()) // never fails
	binary.BigEndian.PutUint32(t[nonceSize:], today(now))
	copy(t.mac(), sign(b.keys[0], &t, account))
	return t
}

// sign binds a token to the account and to its password: who once knew the
// password may have logged in any number of times, and each token has tries of
// its own.
func sign(key []byte, t *token, account Account) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(t.signed())
	mac.Write([]byte(account.ID))
	mac.Write([]byte{0}) // in no id
	mac.Write([]byte(account.Hash))
	return mac.Sum(nil)
}

// needsHTTPS reports whether browsers refuse a cookie of that name without
// Secure. They compare the prefix without regard to case.
func needsHTTPS(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "__host-") || strings.HasPrefix(name, "__secure-")
}

// tokenEncoding is strict, so that a value has one spelling.
var tokenEncoding = base64.RawURLEncoding.Strict()

// formatTokens returns the value of the cookie.
func formatTokens(tokens []token) string {
	raw := []byte{tokenVersion}
	for i := range tokens {
		raw = append(raw, tokens[i][:]...)
	}
	return tokenEncoding.EncodeToString(raw)
}

// parseTokens reads what formatTokens wrote.
func parseTokens(value string) (tokens []token, ok bool) {
	if len(value) > tokenEncoding.EncodedLen(1+maxTokens*tokenSize) {
		return nil, false
	}
	raw, err := tokenEncoding.DecodeString(value)
	if err != nil || strings.ContainsAny(value, "\r\n") /* which it passes over */ || len(raw) <= 1 || raw[0] != tokenVersion || (len(raw)-1)%tokenSize != 0 {
		return nil, false
	}
	for raw = raw[1:]; len(raw) > 0; raw = raw[tokenSize:] {
		tokens = append(tokens, token(raw[:tokenSize]))
	}
	return tokens, true
}
