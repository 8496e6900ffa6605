package auth

import (
	"bytes"
	"encoding/binary"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// of returns the account with an id.
func of(id string) Account { return Account{ID: id, Hash: "the hash of " + id} }

// Ensure that what is read is what would be written, and that nothing that was
// made up is anybody's.
func FuzzTokens(f *testing.F) {
	b, err := newBrowsers(Options{BrowserCookie: "known", Secrets: []string{"a secret of the tests, not short"}})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Now()
	var good token // the same in each process that fuzzes
	binary.BigEndian.PutUint32(good[nonceSize:], today(now))
	copy(good.mac(), sign(b.keys[0], &good, of("ada")))
	old := good
	copy(old[nonceSize:], bytes.Repeat([]byte{0}, 4))
	for _, seed := range []string{
		"", "AQ", formatTokens([]token{good}), formatTokens([]token{good, old, {}}),
		formatTokens(make([]token, maxTokens)), formatTokens(make([]token, maxTokens+1)), "~~", "\"" + formatTokens([]token{good}) + "\"",
		formatTokens([]token{good}) + "; known=x", "Ag" + strings.Repeat("A", 70),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		tokens, ok := parseTokens(value)
		if ok && formatTokens(tokens) != value || !ok && len(tokens) > 0 || len(tokens) > maxTokens {
			t.Errorf("%q: %d tokens, %v", value, len(tokens), ok)
		}
		r := httptest.NewRequest("POST", "/", nil)
		r.Header["Cookie"] = []string{"known=" + value}
		for _, id := range []string{"", "eve"} {
			if _, ok := b.known(b.tokens(r), of(id)); ok {
				t.Errorf("%q is %q's", value, id)
			}
		}
		for _, token := range tokens {
			if _, ok := b.known(tokens, of("ada")); ok && token != good && token.fresh(now) && len(tokens) == 1 {
				t.Errorf("%q is ada's", value)
			}
		}
	})
}

// Ensure that other people's tokens are kept as they are, and only if they are
// few and fresh.
func TestRememberKeeps(t *testing.T) {
	t.Parallel()
	b, err := newBrowsers(Options{BrowserCookie: "known", Secrets: []string{"a secret of the tests, not short"}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ada, eve, old := b.issue(of("ada"), now), b.issue(of("eve"), now), b.issue(of("old"), now.Add(-181*24*time.Hour))
	ahead, tooFar := b.issue(of("ahead"), now.Add(23*time.Hour)), b.issue(of("far"), now.Add(49*time.Hour))
	r := httptest.NewRequest("POST", "/", nil)
	r.Header["Cookie"] = []string{"known=" + formatTokens([]token{old, ada, tooFar, eve})}
	w := httptest.NewRecorder()
	b.remember(w, r, of("ada"), false)
	tokens, _ := parseTokens(w.Result().Cookies()[0].Value)
	if len(tokens) != 2 || tokens[0] == ada || tokens[1] != eve {
		t.Errorf("%d tokens", len(tokens))
	}
	if _, ok := b.known(tokens, of("ada")); !ok {
		t.Error("ada is not known")
	}
	r.Header["Cookie"] = []string{"known=" + formatTokens([]token{ahead})}
	if _, ok := b.known(b.tokens(r), of("ahead")); !ok {
		t.Error("the token of a server whose clock is ahead does not count")
	}
}
