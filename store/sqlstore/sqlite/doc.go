// Package sqlite keeps sessions in an SQLite database file. There is no server
// to install and no C compiler needed: the engine is [modernc.org/sqlite].
//
//	sessions, err := sqlite.Open("sessions.db")
//
// A program that has an SQLite database already keeps its sessions in the same
// file, through the same connections:
//
//	db, err := sqlite.OpenDB("app.db", sqlite.DBOptions{})
//	sessions, err := sqlite.New(db, sqlite.Options{})
//	rows, err := db.Reader().QueryContext(ctx, "SELECT name FROM users")
//
// # The table
//
// The table is the one of the Node package connect-sqlite3, so that an Express
// application and a Go program can share it while both run:
//
//	CREATE TABLE IF NOT EXISTS sessions (sid PRIMARY KEY, expired, sess)
//
// Column sess holds the data byte for byte and expired the epoch milliseconds.
// An index on expired is added for the sweep; Node does not mind it. It would
// mind another column, so there is none: the version of a record is its data.
// An expired that is not a number, which neither side writes, counts as over.
//
// # The index of users
//
// What [store.UserIndex] asks for is in two tables of their own, which are added
// to a database that has been in use already, and of which Node knows nothing.
// Their names begin with that of the table of sessions:
//
//	CREATE TABLE IF NOT EXISTS sessions_users (user TEXT NOT NULL, sid TEXT NOT NULL,
//		expires INTEGER NOT NULL, PRIMARY KEY (user, sid)) WITHOUT ROWID;
//	CREATE TABLE IF NOT EXISTS sessions_not_before (user TEXT PRIMARY KEY NOT NULL,
//		instant INTEGER NOT NULL) WITHOUT ROWID
//
// Both instants are epoch milliseconds. What is noted of a session stays until
// it expires or is taken back, whatever becomes of the session meanwhile. A row of
// sessions_not_before is never deleted; each is a user whose sessions were ended
// at once, and deleting it would bring back those that are still in the table.
//
// # What is kept when something fails
//
// The file is in WAL mode. A write that was answered survives the death of the
// process, kill -9 included, for it is with the operating system by then. When
// the machine itself loses power, the file stays intact but the last writes
// may be gone (everything since the last checkpoint at worst, in practice what
// the system had not written back, some seconds): a login is lost, or a logout
// undone. That is the usual trade for sessions, as a sync of the disk for each
// write costs several times as much as the write itself. Set
// [DBOptions.FullSync] where it is the wrong one.
//
// WAL needs shared memory: all processes that use the file must run on one
// machine, and the file must not be on a network file system.
//
// # Concurrency
//
// Any number of goroutines may use one [Store], and any number of processes
// one file. SQLite has one writer at a time: within the process, writes queue
// for the one connection that writes; where another process writes, the store
// tries again. Either wait ends with the deadline of the context, or after
// five seconds for a lock when the context has no deadline. Reads wait for
// nobody. For Get, Create, Save, Touch and Delete, and for all that is said of
// users but listing, a wait is what the context ends; the statement itself takes
// microseconds and is not interrupted half-way. Listing, counting and clearing
// take longer, and are.
//
// # Time
//
// Instants are the clock's of this process and kept in whole milliseconds,
// rounded down. So a record may end up to a millisecond early, never late.
//
// # Expired records
//
// The store has no goroutine. When a sweep is due, the next write deletes a
// small batch of expired records after its own work, and as long as batches come
// out full, so does every write after it; a write that has no records to sweep
// sweeps the index of users in the same way. A backlog of
// any size drains while no request pays for more than one batch, which is
// about a millisecond with the default of [Options.SweepBatch], and a program
// without traffic does nothing at all.
package sqlite
