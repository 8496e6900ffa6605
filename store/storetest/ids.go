package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var idChecks = []check{
	{"IDsAreApart", idsAreApart},
	{"InvalidIDsAreRefused", invalidIDsAreRefused},
	{"ErrorsAreDiscreet", errorsAreDiscreet},
}

// lookalikes are ids that mean something to an engine, a shell, a path or a
// pattern, and ids that a careless comparison takes for one another.
var lookalikes = []string{
	"a", "A", "aa", "a.", "a0", "0a", "0", "00", "0.0", "+0", "-0", "1e1", "10",
	"*", "?", "[a]", "[^b]", "a*", "a?", "%", "_", "a%", "a_", "%00", "a%00", "%2e", "%61",
	".", "..", "../a", "./a", "/a", "a/", "//a", `\a`, `a\`, `C:\a`, "CON",
	"sess:*", "sess:a", "sess", "sess:", ":a", "{a}", "{a", "a}", "#a", "~", "a~",
	"';DROP", "';DROP/**/TABLE/**/sessions;--", `"a"`, "'a'", "`a`", "$1", "$a", "@a", ":id",
	"null", "NULL", "nil", "undefined", "true", "NaN", "_id", "__proto__", "$where", "<a>", "&amp;",
	"=", "a=b", "a;b", "a,b", "(a)", "|", "!", "^a$",
	strings.Repeat("a", store.MaxIDLength),
	strings.Repeat("a", store.MaxIDLength-1),
	strings.Repeat("a", store.MaxIDLength-1) + "b",
	"b" + strings.Repeat("a", store.MaxIDLength-1),
}

func idsAreApart(t *testing.T, s store.Store) {
	for i, id := range lookalikes {
		if _, err := s.Create(bounded(t), id, object(i), in(time.Hour)); err != nil {
			t.Errorf("Create of %q: %v", id, err)
		}
	}
	for i, id := range lookalikes {
		wantData(t, s, id, object(i))
	}
	// Change and remove one after the other: the rest stays.
	for i, id := range lookalikes {
		save(t, s, id, object(-i-1), get(t, s, id).Version)
		if err := s.Touch(bounded(t), id, in(2*time.Hour)); err != nil {
			t.Errorf("Touch of %q: %v", id, err)
		}
	}
	for i, id := range lookalikes {
		wantData(t, s, id, object(-i-1))
		if err := s.Delete(bounded(t), id, ""); err != nil {
			t.Errorf("Delete of %q: %v", id, err)
		}
		wantAbsent(t, s, id)
	}
}

var invalid = []string{
	"",
	strings.Repeat("a", store.MaxIDLength+1),
	strings.Repeat("a", 100_000),
	" ", "a b", " a", "a ", "\t", "a\n", "\r\na", "\x00", "a\x00", "a\x00b", "\x1f", "a\x7f",
	"\x80", "\xff", "é", "a\u00a0", "\u200b", "\U0001f9f3",
}

func invalidIDsAreRefused(t *testing.T, s store.Store) {
	create(t, s, "a", object(0))
	before := get(t, s, "a")
	for _, id := range invalid {
		for _, op := range operations(before.Version) {
			if err := op.call(bounded(t), s, id); !errors.Is(err, store.ErrInvalidID) {
				t.Errorf("%s of %.10q: %v, want %v", op.name, id, err, store.ErrInvalidID)
			}
		}
	}
	wantRecord(t, s, "a", before)
}

// errorsAreDiscreet provokes every error that it can. An id is a password for as
// long as its session lives, and errors end in logs.
func errorsAreDiscreet(t *testing.T, s store.Store) {
	const (
		secretID   = "s3cr3t-1d"
		secretData = `{"password":"s3cr3t-d4t4"}`
	)
	inspect := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s has no error to inspect", what)
			return
		}
		for _, secret := range []string{"s3cr3t", "S3CR3T", fmt.Sprintf("%x", "s3cr3t")} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error of %s tells the id or the data: %v", what, err)
			}
		}
	}

	_, err := s.Create(bounded(t), secretID, secretData, in(time.Hour))
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	_, err = s.Create(bounded(t), secretID, secretData, in(time.Hour))
	inspect("Create of what exists", err)
	_, err = s.Save(bounded(t), secretID, secretData, in(time.Hour), "-")
	inspect("Save on another version", err)
	inspect("Delete of another version", s.Delete(bounded(t), secretID, "-"))

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	v := get(t, s, secretID).Version
	for _, op := range operations(v) {
		inspect(op.name+" with an ended context", op.call(ended, s, secretID))
		inspect(op.name+" of an invalid id", op.call(bounded(t), s, secretID+" "))
		inspect(op.name+" of a long id", op.call(bounded(t), s, strings.Repeat(secretID, 100)))
	}
	for _, op := range operations(v) {
		if op.name != "Create" && op.name != "Delete" {
			inspect(op.name+" of what is absent", op.call(bounded(t), s, secretID+"-2"))
		}
	}
}
