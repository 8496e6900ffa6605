package mysql_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
)

// Ensure that operations send what the documentation says, and that a touch which
// moves nothing writes nothing.
func TestStatements(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t)
	url := server.Database(t)
	s := openAt(t, url, mysql.Options{})
	other := pool(t, url, nil)
	watched := []string{"Com_select", "Com_insert", "Com_update", "Com_delete", "Com_stmt_prepare", "Handler_update"}
	counters := func() map[string]int {
		rows, err := other.Query("SHOW GLOBAL STATUS")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		all := map[string]string{}
		for rows.Next() {
			var name, value string
			if err := rows.Scan(&name, &value); err != nil {
				t.Fatal(err)
			}
			all[name] = value
		}
		n := map[string]int{}
		for _, name := range watched {
			var v int
			for _, digit := range all[name] {
				v = 10*v + int(digit-'0')
			}
			n[name] = v
		}
		return n
	}
	var v store.Version
	expires := hourFromNow()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
		want map[string]int
	}{
		{"create", func(ctx context.Context) (err error) {
			v, err = s.Create(ctx, "id", "{}", expires)
			return err
		}, map[string]int{"Com_insert": 1}},
		{"get", func(ctx context.Context) error { _, err := s.Get(ctx, "id"); return err }, map[string]int{"Com_select": 1}},
		{"save", func(ctx context.Context) (err error) {
			v, err = s.Save(ctx, "id", `{"a":"'\\"}`, expires, v)
			return err
		}, map[string]int{"Com_update": 1, "Handler_update": 1}},
		{"touch", func(ctx context.Context) error { return s.Touch(ctx, "id", expires.Add(time.Minute)) },
			map[string]int{"Com_update": 1, "Handler_update": 1}},
		{"touch that moves nothing", func(ctx context.Context) error { return s.Touch(ctx, "id", expires) },
			map[string]int{"Com_update": 1, "Com_select": 1}},
		{"note", func(ctx context.Context) error { return s.AddUserSession(ctx, "ada", "id", expires) }, map[string]int{"Com_insert": 1}},
		{"note again", func(ctx context.Context) error { return s.AddUserSession(ctx, "ada", "id", expires) }, map[string]int{"Com_insert": 1}},
		{"delete", func(ctx context.Context) error { return s.Delete(ctx, "id", v) }, map[string]int{"Com_delete": 1}},
		{"delete what is gone", func(ctx context.Context) error { return s.Delete(ctx, "id", "") }, map[string]int{"Com_delete": 1}},
	} {
		before := counters()
		if err := step.do(t.Context()); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		got := counters()
		maps.DeleteFunc(got, func(name string, n int) bool { got[name] = n - before[name]; return n == before[name] })
		if !maps.Equal(got, step.want) {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
	}
}
