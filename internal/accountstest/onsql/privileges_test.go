package onsql_test

import (
	"database/sql"
	"net/url"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
)

// Ensure that a table which is there is used by who may create none: PostgreSQL
// looks at that before it looks whether there is anything to create.
func TestMayNotCreate(t *testing.T) {
	t.Parallel()
	address := sharedPostgres.Database(t)
	admin := must(sql.Open("pgx", address))(t)
	t.Cleanup(func() { admin.Close() })
	must(sqlusers.New(within(t), admin, sqlusers.Options{Dialect: sqlusers.PostgreSQL}))(t)
	role := "may_not_create"
	for _, statement := range []string{
		"CREATE ROLE " + role + " LOGIN PASSWORD 'secret'",
		"GRANT SELECT, INSERT, UPDATE ON users TO " + role,
		"REVOKE CREATE ON SCHEMA public FROM PUBLIC",
	} {
		if _, err := admin.ExecContext(within(t), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { admin.Exec("DROP OWNED BY " + role); admin.Exec("DROP ROLE " + role) })
	u := must(url.Parse(address))(t)
	u.User = url.UserPassword(role, "secret")
	db := must(sql.Open("pgx", u.String()))(t)
	t.Cleanup(func() { db.Close() })
	users, err := sqlusers.New(within(t), db, sqlusers.Options{Dialect: sqlusers.PostgreSQL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.Create(within(t), auth.Account{Username: "Ada", Key: "ada", Hash: "x"}); err != nil {
		t.Error(err)
	}
	if _, err := sqlusers.New(within(t), db, sqlusers.Options{Dialect: sqlusers.PostgreSQL, Table: "others"}); err == nil {
		t.Error("a table that is not there, and may not be created, will do")
	}
}
