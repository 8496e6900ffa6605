package postgres

import "strings"

// queries are the statements of a store, with its names in them. Each of them is
// atomic by itself; none needs a transaction around it.
//
// Parameters are cast, so that the statements mean the same in all of pgx's ways
// to execute them, one of which lets the server guess their types.
type queries struct {
	get, exists, create, save, touch, remove, removeVersion string
	sweep, page, count, clear, clearUsers                   string

	addUser, removeUser, userPage, sweepUsers   string
	notBefore, firstNotBefore, replaceNotBefore string

	present, lock string
	definition    []string
}

// The table of connect-pg-simple 10.0.0, as its table.sql makes it; the names of
// key and index follow that of the table. The rest is ours.
var definition = []string{
	`CREATE TABLE IF NOT EXISTS $table (
		$id varchar NOT NULL COLLATE "default",
		$data json NOT NULL,
		$expire timestamp(6) NOT NULL,
		CONSTRAINT $key PRIMARY KEY ($id) NOT DEFERRABLE INITIALLY IMMEDIATE
	)`,
	`CREATE INDEX IF NOT EXISTS $index ON $table ($expire)`,
	`CREATE TABLE IF NOT EXISTS $users (
		"user" text COLLATE "C" NOT NULL,
		sid text COLLATE "C" NOT NULL,
		expires bigint NOT NULL,
		PRIMARY KEY ("user", sid)
	)`,
	`CREATE INDEX IF NOT EXISTS $users_index ON $users (expires)`,
	`CREATE TABLE IF NOT EXISTS $not_before (
		"user" text COLLATE "C" PRIMARY KEY,
		instant bigint NOT NULL
	)`,
}

func queriesFor(o Options) queries {
	q := expander(o)
	all := queries{
		get:    q("SELECT $data::text, $epoch FROM $table WHERE $id = $1::text AND $expire > $at(2)"),
		exists: q("SELECT EXISTS (SELECT FROM $table WHERE $id = $1::text AND $expire > $at(2))"),
		create: q(`INSERT INTO $table AS old ($id, $data, $expire) VALUES ($1::text, $2::json, $at(3))
			ON CONFLICT ($id) DO UPDATE SET $data = excluded.$data, $expire = excluded.$expire
			WHERE old.$expire <= $at(4)`),
		save: q(`UPDATE $table SET $data = $2::json, $expire = $at(3)
			WHERE $id = $1::text AND $data::text COLLATE "C" = $4::text AND $expire > $at(5)`),
		// A touch that would not move the expiry updates no row, and so writes
		// nothing. Both parts see the table as it was when the statement began.
		touch: q(`WITH touched AS (UPDATE $table SET $expire = $at(2)
				WHERE $id = $1::text AND $expire < $at(2) AND $expire > $at(3))
			SELECT EXISTS (SELECT FROM $table WHERE $id = $1::text AND $expire > $at(3))`),
		remove: q("DELETE FROM $table WHERE $id = $1::text"),
		removeVersion: q(`DELETE FROM $table
			WHERE $id = $1::text AND $data::text COLLATE "C" = $2::text AND $expire > $at(3)`),

		// The lock lasts as long as the statement. Who does not get it leaves the
		// work to the one who has it.
		sweep: q(`WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($3::bigint) AS ours)
			DELETE FROM $table WHERE (SELECT ours FROM turn) AND $expire <= $at(1) AND $id = ANY(ARRAY(
				SELECT $id FROM $table WHERE $expire <= $at(1) ORDER BY $expire LIMIT $2::bigint FOR UPDATE SKIP LOCKED))`),
		// The order is that of the column's collation, as it is that of its index.
		page:       q("SELECT $id, $data::text, $epoch FROM $table WHERE $id > $1::text AND $expire > $at(2) ORDER BY $id LIMIT $3::bigint"),
		count:      q("SELECT count(*) FROM $table WHERE $expire > $at(1)"),
		clear:      q("DELETE FROM $table"),
		clearUsers: q("DELETE FROM $users"),

		addUser: q(`INSERT INTO $users AS old ("user", sid, expires) VALUES ($1::text, $2::text, $3::bigint)
			ON CONFLICT ("user", sid) DO UPDATE SET expires = excluded.expires WHERE old.expires < excluded.expires`),
		removeUser: q(`DELETE FROM $users WHERE "user" = $1::text AND sid = $2::text`),
		userPage: q(`SELECT sid, expires FROM $users
			WHERE "user" = $1::text AND sid > $2::text AND expires > $3::bigint ORDER BY sid LIMIT $4::bigint`),
		sweepUsers: q(`WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($3::bigint) AS ours)
			DELETE FROM $users WHERE (SELECT ours FROM turn) AND expires <= $1::bigint AND ("user", sid) IN (
				SELECT "user", sid FROM $users WHERE expires <= $1::bigint ORDER BY expires LIMIT $2::bigint FOR UPDATE SKIP LOCKED)`),

		notBefore: q(`SELECT instant FROM $not_before WHERE "user" = $1::text`),
		firstNotBefore: q(`INSERT INTO $not_before ("user", instant) VALUES ($1::text, $2::bigint)
			ON CONFLICT ("user") DO NOTHING`),
		replaceNotBefore: q(`UPDATE $not_before SET instant = $2::bigint WHERE "user" = $1::text AND instant = $3::bigint`),

		present: q("SELECT to_regclass($literal_table) IS NOT NULL AND to_regclass($literal_users) IS NOT NULL AND to_regclass($literal_not_before) IS NOT NULL"),
		lock:    "SELECT pg_advisory_xact_lock($1::bigint)",
	}
	for _, d := range definition {
		all.definition = append(all.definition, q(d))
	}
	return all
}

// expander returns a function that fills in the words that begin with a dollar
// sign and a letter. In place of the expiry, which has no zone, the statements
// use what it means: $at(n) is the instant that parameter n is, in epoch seconds,
// and $epoch is the expiry in epoch seconds. The names are replaced last, as they
// may contain anything.
func expander(o Options) func(string) string {
	// Assigned to a timestamp without zone, or compared with one, what
	// to_timestamp returns is taken in the zone of the connection.
	at, epoch := "to_timestamp($N::float8)", "extract(epoch FROM $expire::timestamptz)::float8"
	if o.TimeZone != "" {
		zone := " AT TIME ZONE '" + o.TimeZone + "'"
		at, epoch = "("+at+zone+")", "extract(epoch FROM $expire"+zone+")::float8"
	}
	var meaning []string
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		meaning = append(meaning, "$at("+n+")", strings.Replace(at, "$N", "$"+n, 1))
	}
	columns := strings.NewReplacer(append(meaning, "$epoch", epoch)...)

	table := func(suffix string) string {
		if o.Schema == "" {
			return quote(o.Table + suffix)
		}
		return quote(o.Schema) + "." + quote(o.Table+suffix)
	}
	names := strings.NewReplacer(
		"$literal_table", literal(table("")), "$literal_users", literal(table("_users")), "$literal_not_before", literal(table("_not_before")),
		"$table", table(""), "$users_index", quote(o.Table+"_expires"), "$users", table("_users"), "$not_before", table("_not_before"),
		"$id", quote(o.IDColumn), "$data", quote(o.DataColumn), "$expire", quote(o.ExpireColumn),
		"$key", quote(o.Table+"_pkey"), "$index", quote("IDX_"+o.Table+"_expire"),
	)
	return func(q string) string { return names.Replace(columns.Replace(q)) }
}

// quote makes name an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal makes text a string constant, whatever standard_conforming_strings is.
func literal(text string) string {
	return `E'` + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + `'`
}
