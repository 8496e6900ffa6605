package redisstore_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// Ensure that each operation is the commands that the documentation says, as the
// server counts them. A script is one command on the way to the server, which
// counts what it calls as well.
func TestCommands(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	// A proxy shows how often something goes to the server.
	proxy := redistest.StartProxy(t, server)
	s := open(t, "redis://"+proxy.Addr, redisstore.Options{})
	v := created(t, s, "id")
	for _, op := range []string{"get", "save", "touch", "note", "noted", "count"} { // so that the server knows the scripts
		if err := operations(v)[op](t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(t.Context(), "id", v); err != nil {
		t.Fatal(err)
	}
	created(t, s, "id")
	later := hourFromNow().Add(time.Hour)
	tests := []struct {
		name string
		do   func(context.Context) error
		want string
	}{
		{"get", func(ctx context.Context) error { _, err := s.Get(ctx, "id"); return err }, "evalsha get pexpiretime"},
		{"save", func(ctx context.Context) error { _, err := s.Save(ctx, "id", "{}", hourFromNow(), v); return err }, "evalsha get set"},
		{"touch", func(ctx context.Context) error { return s.Touch(ctx, "id", later) }, "evalsha pexpiretime pexpireat"},
		{"idle touch", func(ctx context.Context) error { return s.Touch(ctx, "id", later) }, "evalsha pexpiretime"},
		{"delete of a version", func(ctx context.Context) error { return s.Delete(ctx, "id", store.Version("{}")) }, "evalsha get del"},
		{"delete", func(ctx context.Context) error { return s.Delete(ctx, "id", "") }, "del"},
		{"create", func(ctx context.Context) error { _, err := s.Create(ctx, "id", "{}", hourFromNow()); return err }, "set"},
		{"not before", func(ctx context.Context) error { _, err := s.NotBefore(ctx, "ada"); return err }, "get"},
	}
	for _, test := range tests {
		before, answers := server.Calls(), proxy.Answers()
		if err := test.do(t.Context()); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		got := server.Calls()
		want := maps.Clone(before)
		for name := range strings.FieldsSeq(test.want) {
			want[name]++
		}
		for _, calls := range []map[string]int{got, want} {
			delete(calls, "info")
			delete(calls, "ping")
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
		if n := proxy.Answers() - answers; n != 1 {
			t.Errorf("%s: %d answers, want 1", test.name, n)
		}
	}
}
