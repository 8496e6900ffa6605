package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// Ensure that users are told apart byte for byte where the database takes them for
// equal or sorts them as people do, and that neither their instants nor what is
// noted depend on zones.
func TestUsersInLocale(t *testing.T) {
	t.Parallel()
	url := shared.Database(t, "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
	s := openAt(t, url, postgres.Options{CreateTables: true})
	other := openAt(t, url+"&timezone=Asia/Kolkata", postgres.Options{})
	users := []string{"ada", "Ada", "a da", "ádа", "a\u0301da", "\u00e1da", "x'; --", `\`, "%", strings.Repeat("é", 127)}
	instant := time.UnixMilli(1_700_000_000_123)
	for i, user := range users {
		if err := s.AddUserSession(t.Context(), user, "id"+string(rune('a'+i)), hourFromNow()); err != nil {
			t.Fatal(err)
		}
		if err := s.SetNotBefore(t.Context(), user, instant.Add(time.Duration(i)*time.Millisecond), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	for i, user := range users {
		var ids []string
		for id, err := range other.UserSessions(t.Context(), user) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		got, err := other.NotBefore(t.Context(), user)
		if len(ids) != 1 || ids[0] != "id"+string(rune('a'+i)) || err != nil || !got.Equal(instant.Add(time.Duration(i)*time.Millisecond)) {
			t.Errorf("%q: %q and %v, %v", user, ids, got, err)
		}
	}
}

// Ensure that to note what is noted, and what is over, changes no row.
func TestNoteAgain(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	expires := hourFromNow()
	rowVersion := func() string {
		return pgtest.Value[string](t, url, "SELECT string_agg(xmin::text || sid || expires, ',') FROM session_users")
	}
	note := func(expires time.Time) {
		t.Helper()
		if err := s.AddUserSession(t.Context(), "ada", "id", expires); err != nil {
			t.Fatal(err)
		}
	}
	note(expires)
	before := rowVersion()
	note(expires)
	note(expires.Add(-time.Minute))
	note(time.Now().Add(-time.Minute))
	if after := rowVersion(); after != before {
		t.Errorf("the row was %s and is %s", before, after)
	}
	note(expires.Add(time.Minute))
	if after := rowVersion(); after == before {
		t.Error("a later instant does not count")
	}
}
