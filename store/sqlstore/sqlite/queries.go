package sqlite

import "strings"

// queries are the statements of a store, with the names of its tables in them.
// Each of them is atomic by itself; none needs a transaction around it.
type queries struct {
	get, exists, create, save, touch, remove, removeVersion string
	sweep, page, count, clear                               string

	addUser, removeUser, userPage, sweepUsers   string
	notBefore, firstNotBefore, replaceNotBefore string
}

// definition is the table that connect-sqlite3 makes. The rest is ours.
const definition = `
CREATE TABLE IF NOT EXISTS $table (sid PRIMARY KEY, expired, sess);
CREATE INDEX IF NOT EXISTS $index ON $table (expired);
CREATE TABLE IF NOT EXISTS $users (user TEXT NOT NULL, sid TEXT NOT NULL, expires INTEGER NOT NULL,
	PRIMARY KEY (user, sid)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS $users_index ON $users (expires);
CREATE TABLE IF NOT EXISTS $not_before (user TEXT PRIMARY KEY NOT NULL, instant INTEGER NOT NULL) WITHOUT ROWID`

// In place of the columns themselves, which have no type, the statements use
// what they mean: $data is text even where somebody has stored a blob, and
// $expires is whole milliseconds even where Node has stored a real number, and
// 0 where there is nothing like a number.
var meaning = []string{
	"$data", "ifnull(CAST(sess AS TEXT), '')",
	"$live", "ifnull(CAST(expired AS INTEGER), 0) > ?",
	"$expires", "ifnull(CAST(expired AS INTEGER), 0)",
}

func queriesFor(table string) queries {
	q := expander(table)
	return queries{
		get:    q("SELECT $data, $expires FROM $table WHERE sid = ? AND $live"),
		exists: q("SELECT 1 FROM $table WHERE sid = ? AND $live"),
		create: q(`INSERT INTO $table (sid, sess, expired) VALUES (?, ?, ?)
			ON CONFLICT (sid) DO UPDATE SET sess = excluded.sess, expired = excluded.expired WHERE NOT $live`),
		save: q("UPDATE $table SET sess = ?, expired = ? WHERE sid = ? AND $data = ? AND $live"),
		// A touch that would not move the expiry matches no row and so
		// writes no page.
		touch:         q("UPDATE $table SET expired = ? WHERE sid = ? AND $expires < ? AND $live"),
		remove:        q("DELETE FROM $table WHERE sid = ?"),
		removeVersion: q("DELETE FROM $table WHERE sid = ? AND $data = ? AND $live"),

		// The bare column lets the index find the rows.
		sweep: q(`DELETE FROM $table WHERE rowid IN
			(SELECT rowid FROM $table WHERE expired <= ? ORDER BY expired LIMIT ?)`),
		// No id that is a blob can be asked for, and it would sort after
		// every text, so that the walk would not end.
		page: q(`SELECT sid, $data, $expires FROM $table
			WHERE sid > ? AND typeof(sid) = 'text' AND $live ORDER BY sid LIMIT ?`),
		count: q("SELECT count(*) FROM $table WHERE $live"),
		// The records go first: a hint without a record does no harm.
		clear: q("DELETE FROM $table; DELETE FROM $users"),

		// To note what is noted already writes no page.
		addUser: q(`INSERT INTO $users (user, sid, expires) VALUES (?, ?, ?)
			ON CONFLICT (user, sid) DO UPDATE SET expires = excluded.expires WHERE expires < excluded.expires`),
		removeUser: q("DELETE FROM $users WHERE user = ? AND sid = ?"),
		userPage:   q("SELECT sid, expires FROM $users WHERE user = ? AND sid > ? AND expires > ? ORDER BY sid LIMIT ?"),
		sweepUsers: q(`DELETE FROM $users WHERE (user, sid) IN
			(SELECT user, sid FROM $users WHERE expires <= ? ORDER BY expires LIMIT ?)`),

		notBefore:        q("SELECT instant FROM $not_before WHERE user = ?"),
		firstNotBefore:   q("INSERT INTO $not_before (user, instant) VALUES (?, ?) ON CONFLICT (user) DO NOTHING"),
		replaceNotBefore: q("UPDATE $not_before SET instant = ? WHERE user = ? AND instant = ?"),
	}
}

// expander returns a function that fills in the words that begin with a dollar
// sign. The tables are replaced last, as their names may contain anything.
func expander(table string) func(string) string {
	columns := strings.NewReplacer(meaning...)
	names := strings.NewReplacer(
		"$table", quote(table), "$index", quote(table+"_expired"),
		"$users_index", quote(table+"_users_expires"), "$users", quote(table+"_users"), "$not_before", quote(table+"_not_before"),
	)
	return func(q string) string { return names.Replace(columns.Replace(q)) }
}

// quote makes name an identifier.
func quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
