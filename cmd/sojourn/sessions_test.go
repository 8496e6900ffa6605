package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// operated runs "sojourn sessions" and returns what it prints.
func operated(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := command(t, nil, append([]string{"sessions"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// operates is operated for calls that work.
func operates(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, code := operated(t, args...)
	if code != 0 || stderr != "" {
		t.Fatalf("sessions %v: exit code %d, stderr %q", args, code, stderr)
	}
	return stdout
}

// listing returns what "sessions list --json" prints.
func listing(t *testing.T, args ...string) (list []shown) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(operates(t, append([]string{"list", "--json"}, args...)...)))
	for d.More() {
		var s shown
		if err := d.Decode(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// Ensure that an operator sees, ends and copies sessions while they are served.
func TestOperate(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	testOperate(t, data, "sqlite:"+filepath.Join(data, "sojourn.db"), "sqlite:"+filepath.Join(t.TempDir(), "copy.db"))
}

func TestOperateOnRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	testOperate(t, t.TempDir(), server.URL(0), "sqlite:"+filepath.Join(t.TempDir(), "copy.db"))
	if n := server.Do("DBSIZE"); n == int64(0) {
		t.Error("nothing is left of the users' instants")
	}
}

func TestOperateOnPostgres(t *testing.T) {
	t.Parallel()
	testOperate(t, t.TempDir(), cluster.Database(t), redistest.Start(t).URL(0))
}

func TestCopyToPostgres(t *testing.T) {
	t.Parallel()
	testOperate(t, t.TempDir(), redistest.Start(t).URL(0), cluster.Database(t))
}

func TestCopyToRedis(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	testOperate(t, data, "sqlite:"+filepath.Join(data, "sojourn.db"), redistest.Start(t).URL(0))
}

func testOperate(t *testing.T, data, from, to string) {
	t.Helper()
	p := start(t, nil, "--data", data, "--store", from)
	ada, phone, bob := newBrowser(t), newBrowser(t), newBrowser(t)
	ada.enter(p, "/register", "Ada")
	phone.enter(p, "/login", "Ada")
	bob.enter(p, "/register", "Bob")
	at := []string{"--data", data, "--store", from}
	with := func(args ...string) []string { return append(args, at...) }

	if got := operates(t, with("count")...); got != "3\n" {
		t.Errorf("count: %q", got)
	}
	if got := operates(t, with("count", "--user", "ADA", "--json")...); got != "{\"sessions\":2}\n" {
		t.Errorf("count of a user: %q", got)
	}
	table := operates(t, with("list")...)
	if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[0], "ID ") ||
		strings.Count(table, "Ada") != 2 || !strings.Contains(table, "23h59m") {
		t.Errorf("list:\n%s", table)
	}
	everything := table + operates(t, with("list", "--json", "--values")...)
	list := listing(t, with("--user", "Ada")...)
	if len(list) != 2 || list[0].Username != "Ada" || list[0].Created == nil || time.Until(list[0].Expires) > 24*time.Hour || list[0].Values != nil {
		t.Fatalf("list: %+v", list)
	}
	var mine shown
	for _, s := range list {
		if strings.HasPrefix(ada.sessionID(p), s.ID) {
			mine = s
		}
	}
	shownText := operates(t, with("show", mine.ID)...)
	if !strings.Contains(shownText, "user     Ada") || strings.Contains(shownText, "Go-http-client") {
		t.Errorf("show: %s", shownText)
	}
	values := operates(t, with("show", mine.ID, "--values")...)
	if !strings.Contains(values, "Go-http-client") {
		t.Errorf("show --values: %s", values)
	}
	for _, b := range []*browser{ada, phone, bob} {
		if strings.Contains(everything+shownText+values, b.sessionID(p)) {
			t.Error("an id was printed whole")
		}
	}

	if got := operates(t, "copy", "--from", from, "--to", to); !strings.HasPrefix(got, "3 looked at: 3 copied,") {
		t.Errorf("copy: %q", got)
	}
	if got := operates(t, "copy", "--json", "--from", from, "--to", to); !strings.Contains(got, `"copied":0,"updated":0,"skipped":3`) {
		t.Errorf("copy again: %q", got)
	}
	if got := operates(t, "count", "--store", to); got != "3\n" {
		t.Errorf("count of the copy: %q", got)
	}

	if got := operates(t, with("revoke", mine.ID)...); got != "1 revoked\n" || ada.greeted(p, "Ada") || !phone.greeted(p, "Ada") {
		t.Errorf("revoke: %q, %t, %t", got, ada.greeted(p, "Ada"), phone.greeted(p, "Ada"))
	}
	ada.enter(p, "/login", "Ada")
	if got := operates(t, with("revoke", "--older-than", "1h", "--json")...); got != "{\"revoked\":0}\n" {
		t.Errorf("revoke --older-than: %q", got)
	}
	if got := operates(t, with("revoke", "--user", "ada")...); got != "2 revoked\n" || ada.greeted(p, "Ada") || phone.greeted(p, "Ada") || !bob.greeted(p, "Bob") {
		t.Errorf("revoke --user: %q", got)
	}
	ada.enter(p, "/login", "Ada")
	if got := operates(t, with("revoke", "--all")...); got != "2 revoked\n" || ada.greeted(p, "Ada") {
		t.Errorf("revoke --all: %q", got)
	}
	ada.enter(p, "/login", "Ada")
	if got := operates(t, with("clear")...); got != "all sessions are gone\n" || ada.greeted(p, "Ada") {
		t.Errorf("clear: %q", got)
	}
	if got := operates(t, with("count")...); got != "0\n" {
		t.Errorf("count: %q", got)
	}
	if p.stderr.String() != "" {
		t.Errorf("on stderr of the server: %s", p.stderr)
	}
}

// Ensure that an operator who mistypes the name of a database, or looks at one that
// an application looks after, makes nothing there.
func TestOperateLeavesNothing(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	if got := operates(t, "count", "--store", server.URL()); got != "0\n" {
		t.Errorf("count: %q", got)
	}
	if got := operates(t, "revoke", "--user", "ada", "--store", server.URL()); got != "0 revoked\n" {
		t.Errorf("revoke: %q", got)
	}
	names, err := server.Client(t).Database(server.Database()).ListCollectionNames(within(t), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) > 0 && !slices.Equal(names, []string{"sessions_not_before"}) { // which the revocation has written
		t.Errorf("there are now %q", names)
	}
	for _, url := range []string{cluster.Database(t), mariaDB.Database(t)} {
		if stdout, stderr, code := operated(t, "count", "--store", url); code != 1 || stdout != "" {
			t.Errorf("count where there is no table: %d, %q, %q", code, stdout, stderr)
		}
	}
}

// Ensure that what protects sessions at rest does not keep an operator from
// ending them.
func TestOperateProtected(t *testing.T) {
	t.Parallel()
	data, key := t.TempDir(), keyFile(t, newSecret())
	p := start(t, nil, "--data", data, "--hash-ids", "--encrypt-key", key)
	ada, bob := newBrowser(t), newBrowser(t)
	ada.enter(p, "/register", "Ada")
	bob.enter(p, "/register", "Bob")
	if list := listing(t, "--data", data); len(list) != 2 || !list[0].Unreadable || list[0].Username != "" {
		t.Errorf("without the key: %+v", list)
	}
	if list := listing(t, "--data", data, "--encrypt-key", key, "--user", "Bob"); len(list) != 1 || strings.HasPrefix(bob.sessionID(p), list[0].ID) {
		t.Errorf("with the key: %+v", list)
	}
	if got := operates(t, "revoke", "--user", "Ada", "--data", data); got != "1 revoked\n" || ada.greeted(p, "Ada") || !bob.greeted(p, "Bob") {
		t.Errorf("revoke --user without the key: %q", got)
	}
	list := listing(t, "--data", data)
	if got := operates(t, "revoke", list[0].ID, "--data", data); got != "1 revoked\n" || bob.greeted(p, "Bob") {
		t.Errorf("revoke: %q", got)
	}
}

func TestOperateExits(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start(t, nil, "--data", data).stop(terminate)
	for _, test := range []struct {
		args     []string
		code     int
		contains string
	}{
		{nil, 2, "list, show"},
		{[]string{"lst"}, 2, `unknown command "lst"`},
		{[]string{"list", "x"}, 2, `"x"`},
		{[]string{"list", "--all"}, 2, "-all"},
		{[]string{"show"}, 2, "which one"},
		{[]string{"show", "a", "b"}, 2, "which one"},
		{[]string{"show", "abc"}, 1, "at least 6"},
		{[]string{"show", "abcdefgh"}, 1, "no such session"},
		{[]string{"show", "-9Mp-uwH"}, 1, "no such session"}, // an id may begin like a flag
		{[]string{"show", "--values", "-9Mp-uwH", "--json"}, 1, "no such session"},
		{[]string{"show", "--", "--Mp-uwH"}, 1, "no such session"},
		{[]string{"revoke", "--", "--Mp-uwH", "--all"}, 1, "session 1 of 2"},
		{[]string{"revoke", "-9Mp-uwH", "-_d=fuwH"}, 1, "session 1 of 2"},
		{[]string{"show", "--vlaues", "abcdefgh"}, 2, "-vlaues"},
		{[]string{"count", "-9Mp-uwH"}, 2, "-9Mp-uwH"},
		{[]string{"revoke"}, 2, "give ids"},
		{[]string{"revoke", "--all", "--user", "Ada"}, 2, "give ids"},
		{[]string{"revoke", "--older-than", "-1h"}, 2, "negative"},
		{[]string{"revoke", "abcdefgh", "ijklmnop"}, 1, "session 1 of 2"},
		{[]string{"count", "--store", "memory:"}, 2, "no other can reach them"},
		{[]string{"count", "--store", "redish://:tell-nobody@x"}, 2, "unknown scheme"},
		{[]string{"count", "--store", "sqlite:" + data + "/none.db"}, 1, "no such file"},
		{[]string{"count", "--encrypt-key", data + "/none"}, 1, "no such file"},
		{[]string{"copy"}, 2, "two stores"},
		{[]string{"copy", "--from", "sqlite:a", "--to", "sqlite:a"}, 2, "two stores"},
		{[]string{"copy", "--from", "sqlite:a", "--to", "sqlite:b", "--mirror", "--to-hash-ids"}, 2, "--mirror"},
		{[]string{"copy", "--from", "sqlite:" + data + "/none.db", "--to", "sqlite:" + data + "/new.db"}, 1, "no such file"},
	} {
		args := test.args
		if len(args) > 0 {
			args = append([]string{args[0], "--data", data}, args[1:]...)
		}
		stdout, stderr, code := operated(t, args...)
		if code != test.code {
			t.Errorf("%v: exit code %d", args, code)
		}
		if stdout != "" && stdout != "0 revoked\n" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "sojourn: ") ||
			!strings.Contains(stderr, test.contains) || strings.Contains(stderr, "tell-nobody") {
			t.Errorf("%v: stdout %q, stderr %q", args, stdout, stderr)
		}
	}
	for _, args := range [][]string{{"-h"}, {"list", "--help"}} {
		if stdout, stderr, code := operated(t, args...); stdout != usage || stderr != "" || code != 0 {
			t.Errorf("%v: %q, %q, %d", args, stdout, stderr, code)
		}
	}
}

// Ensure that a session cannot write to the operator's terminal.
func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Ada": "Ada", "Zoë 😀": "Zoë 😀", "\x1b[2J": "?[2J", "a\nb\tc\x7f": "a?b?c?", "\u009b31m": "?31m", "\u202eadA": "?adA", "\u2066x": "?x",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
