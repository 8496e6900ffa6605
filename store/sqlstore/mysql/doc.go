// Package mysql keeps sessions in MySQL 8 or MariaDB 10.6 or newer, through the
// driver [github.com/go-sql-driver/mysql].
//
//	sessions, err := mysql.Open(ctx, "mysql://app:password@db/app", mysql.Options{CreateTables: true})
//
// A program that uses the driver already keeps its sessions through the same
// connections:
//
//	sessions, err := mysql.New(db, mysql.Options{})
//
// # The table
//
// The table is the one of the Node package express-mysql-session 3.0.3, so that an
// Express application and a Go program can share it while both run:
//
//	CREATE TABLE sessions (session_id varchar(128) COLLATE utf8mb4_bin NOT NULL,
//		expires int(11) unsigned NOT NULL, data mediumtext COLLATE utf8mb4_bin,
//		PRIMARY KEY (session_id)) ENGINE=InnoDB
//
// Column data holds the data byte for byte and expires the seconds since 1970. There
// is no column for a version: the version of a record is its data, compared on the
// server by their SHA-256. Whoever opens a store on a table learns at once if its
// columns would not keep every id, or text as it is.
//
// # The index of users
//
// What [store.UserIndex] asks for is in two tables of their own, of which Node knows
// nothing. Their names begin with that of the table of sessions:
//
//	CREATE TABLE sessions_users (user varbinary(255) NOT NULL, session_id varbinary(128) NOT NULL,
//		expires bigint NOT NULL, PRIMARY KEY (user, session_id), KEY expires (expires)) ENGINE=InnoDB;
//	CREATE TABLE sessions_not_before (user varbinary(255) NOT NULL, instant bigint NOT NULL,
//		PRIMARY KEY (user)) ENGINE=InnoDB
//
// Both instants are epoch milliseconds. Of these types every byte counts: to the
// collations of text, names are the same that differ in trailing spaces. What is
// noted of a session stays until it expires or is taken back, whatever becomes of
// the session meanwhile. A row of sessions_not_before is never deleted; each is a
// user whose sessions were ended at once, and deleting it would bring back those
// that are still in the table.
//
// # Data
//
// Data are UTF-8, zero bytes and characters of four bytes included, and as long as the
// column takes: 16,777,215 bytes in mediumtext, as far as the server's
// max_allowed_packet lets a statement be that long. All else is [ErrData], and never
// cut off, whatever the sql_mode.
//
// # Time
//
// Instants are the clock's of this process, as they are Express's with
// express-mysql-session, and kept in whole seconds, rounded down. So a record may end
// up to a second early, never late. What would expire after February 2106 expires
// then, as the column can hold no more.
//
// # Concurrency
//
// Every operation is one statement that is atomic by itself, in a transaction of its
// own, at any level of isolation; only what has found nothing to do needs a second
// one to say why. Deadlocks, and locks that were not to be had in time, are tried
// again until the context ends, or for five seconds if it has no deadline. A write
// whose answer was lost with the connection is an error and not repeated.
//
// # Expired records
//
// The store has no goroutine. When a walk through the table is due, each write looks
// at the next rows after its own work, 256 unless [Options.SweepBatch] says
// otherwise, and deletes those that have expired, until the end of the table has
// come. The table of Express has no index on the expiry, and one would make every
// touch dearer; a walk by the primary key locks nothing but what it deletes. A user
// lock (GET_LOCK) has one process delete at a time, and no other waits for it.
package mysql
