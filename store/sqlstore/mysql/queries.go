package mysql

import "strings"

// queries are the statements of a store, with the names in them. Each of them is
// atomic by itself; none needs a transaction around it, and none relies on how
// the connection counts rows.
type queries struct {
	definition []string
	columns    string

	get, exists, holds, create, replace, save, touch, remove, removeVersion string
	page, count, clear, clearUsers                                          string

	addUser, removeUser, userPage               string
	notBefore, firstNotBefore, replaceNotBefore string

	step, drop, sweepUsers, lock, unlock string
}

func queriesFor(o Options) queries {
	q := expander(o)
	return queries{
		// The first is what express-mysql-session creates.
		definition: []string{
			q("CREATE TABLE IF NOT EXISTS $table ($id varchar(128) COLLATE utf8mb4_bin NOT NULL, " +
				"$expires int(11) unsigned NOT NULL, $data mediumtext COLLATE utf8mb4_bin, PRIMARY KEY ($id)) ENGINE=InnoDB"),
			// Of these types alone every byte counts, trailing spaces too.
			q("CREATE TABLE IF NOT EXISTS $users (`user` varbinary(255) NOT NULL, `session_id` varbinary(128) NOT NULL, " +
				"`expires` bigint NOT NULL, PRIMARY KEY (`user`, `session_id`), KEY `expires` (`expires`)) ENGINE=InnoDB"),
			q("CREATE TABLE IF NOT EXISTS $not_before (`user` varbinary(255) NOT NULL, `instant` bigint NOT NULL, " +
				"PRIMARY KEY (`user`)) ENGINE=InnoDB"),
		},
		columns: q("SHOW FULL COLUMNS FROM $table"),

		get:    q("SELECT $text, $expires FROM $table WHERE $id = ? AND $expires > ?"),
		exists: q("SELECT 1 FROM $table WHERE $id = ? AND $expires > ?"),
		holds:  q("SELECT 1 FROM $table WHERE $id = ? AND $expires > ? AND $expires = ? AND $hash = ?"),
		create: q("INSERT INTO $table ($id, $expires, $data) VALUES (?, ?, ?)"),
		// What has expired gives way.
		replace: q("UPDATE $table SET $expires = ?, $data = ? WHERE $id = ? AND $expires <= ?"),
		save:    q("UPDATE $table SET $expires = ?, $data = ? WHERE $id = ? AND $expires > ? AND $hash = ?"),
		// A touch that would not move the expiry matches no row and so writes
		// nothing.
		touch:         q("UPDATE $table SET $expires = ? WHERE $id = ? AND $expires > ? AND $expires < ?"),
		remove:        q("DELETE FROM $table WHERE $id = ?"),
		removeVersion: q("DELETE FROM $table WHERE $id = ? AND $expires > ? AND $hash = ?"),

		page:  q("SELECT $id, $text, $expires FROM $table WHERE $id > ? AND $expires > ? ORDER BY $id LIMIT ?"),
		count: q("SELECT COUNT(*) FROM $table WHERE $expires > ?"),
		// The order makes the same of it on a replica that repeats statements.
		clear:      q("DELETE FROM $table ORDER BY $id LIMIT ?"),
		clearUsers: q("DELETE FROM $users ORDER BY `user`, `session_id` LIMIT ?"),

		// To note what is noted already changes nothing.
		addUser: q("INSERT INTO $users (`user`, `session_id`, `expires`) VALUES (?, ?, ?) " +
			"ON DUPLICATE KEY UPDATE `expires` = GREATEST(`expires`, ?)"),
		removeUser: q("DELETE FROM $users WHERE `user` = ? AND `session_id` = ?"),
		userPage: q("SELECT `session_id`, `expires` FROM $users WHERE `user` = ? AND `session_id` > ? AND `expires` > ? " +
			"ORDER BY `session_id` LIMIT ?"),
		notBefore:        q("SELECT `instant` FROM $not_before WHERE `user` = ?"),
		firstNotBefore:   q("INSERT INTO $not_before (`user`, `instant`) VALUES (?, ?)"),
		replaceNotBefore: q("UPDATE $not_before SET `instant` = ? WHERE `user` = ? AND `instant` = ?"),

		// A plain SELECT locks nothing. The table of Express has no index on
		// the expiry; to look for it with DELETE would lock all that it passes.
		step:       q("SELECT $id, $expires FROM $table WHERE $id > ? ORDER BY $id LIMIT ?"),
		drop:       q("DELETE FROM $table WHERE $expires <= ? AND $id IN "),
		sweepUsers: q("DELETE FROM $users WHERE `expires` <= ? ORDER BY `expires`, `user`, `session_id` LIMIT ?"),
		lock:       "SELECT GET_LOCK(CONCAT('sojourn-', SHA1(CONCAT(IFNULL(DATABASE(), ''), '/', ?))), 0)",
		unlock:     "SELECT RELEASE_LOCK(CONCAT('sojourn-', SHA1(CONCAT(IFNULL(DATABASE(), ''), '/', ?))))",
	}
}

// expander returns a function that fills in the words that begin with a dollar
// sign, in one pass, as names may contain anything.
func expander(o Options) func(string) string {
	data := quote(o.DataColumn)
	names := strings.NewReplacer(
		"$table", quote(o.Table), "$users", quote(o.Table+"_users"), "$not_before", quote(o.Table+"_not_before"),
		"$id", quote(o.IDColumn), "$expires", quote(o.ExpiresColumn), "$data", data,
		"$text", "IFNULL("+data+", '')",
		// The server hashes the bytes, whatever the collation takes for equal,
		// and a save does not carry the state before with it.
		"$hash", "SHA2(IFNULL("+data+", ''), 256)",
	)
	return names.Replace
}

// quote makes name an identifier.
func quote(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}
