package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/sojourn-dev/sojourn/auth"
)

// Ensure that an account whose hash is none of bcrypt's is not told apart from one
// that does not exist.
func TestForeignHash(t *testing.T) {
	t.Parallel()
	accounts := newInMemory()
	s := newSite(t, accounts, nil)
	for i, hash := range []string{"!", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaA", strings.Repeat("x", 60)} {
		name := string(rune('a' + i))
		if _, err := accounts.Create(t.Context(), auth.Account{Username: name, Key: name, Hash: hash}); err != nil {
			t.Fatal(err)
		}
		foreign, nobody := s.browser(t).post("/login", "username", name, "password", password), s.browser(t).post("/login", "username", "nobody", "password", password)
		if foreign.StatusCode != http.StatusUnauthorized || foreign.StatusCode != nobody.StatusCode {
			t.Errorf("%s: %s, and %s for nobody", hash, foreign.Status, nobody.Status)
		}
	}
}

// Ensure that hashes are written as Node's bcrypt writes them, and that those of
// other programs are read, and left as they are when their cost is ours.
func TestHashVersions(t *testing.T) {
	t.Parallel()
	accounts := newInMemory()
	s := newSite(t, accounts, nil)
	s.browser(t).enter("/register", "Ada")
	ada, err := accounts.Find(t.Context(), "Ada", "ada")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(ada.Hash, "$2b$04$") || bcrypt.CompareHashAndPassword([]byte(ada.Hash), []byte(password)) != nil {
		t.Error("a new hash is not one of bcrypt, version 2b")
	}
	for _, version := range []string{"$2a$", "$2b$", "$2y$"} {
		hash := version + ada.Hash[4:]
		if _, err := accounts.Create(t.Context(), auth.Account{Username: version, Key: version, Hash: hash}); err != nil {
			t.Fatal(err)
		}
		s.browser(t).enter("/login", version)
		if now, err := accounts.Find(t.Context(), version, version); err != nil || now.Hash != hash {
			t.Errorf("a hash of version %s was replaced, or is gone: %v", version, err)
		}
	}
}
