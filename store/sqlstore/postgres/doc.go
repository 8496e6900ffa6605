// Package postgres keeps sessions in PostgreSQL 14 or newer, through
// [github.com/jackc/pgx/v5].
//
//	sessions, err := postgres.Open(ctx, "postgres://user:password@host/database", postgres.Options{CreateTables: true})
//
// A program that has a pool of connections already gives it to [New].
//
// # The table
//
// The table is the one of the Node package connect-pg-simple 10.0.0, so that an
// Express application and a Go program can share it while both run:
//
//	CREATE TABLE "session" (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL);
//	CREATE INDEX "IDX_session_expire" ON "session" (expire)
//
// There is no column for a version: the version of a record is its data. A column
// of type json keeps text byte for byte, and compares nothing, so that it is its
// text that is compared. Data must be JSON, in UTF-8 and without zero bytes (the
// escapes \u0000 and \ud800 are fine); everything else is an error.
//
// Column expire has no zone. What is written there, as connect-pg-simple does, is
// what to_timestamp makes of epoch seconds, on the wall clock of the connection's
// setting TimeZone, and it is read back in the same way. So all who use the table
// must have the same setting, best UTC; see [Options.TimeZone].
//
// # The index of users
//
// What [store.UserIndex] asks for is in two tables of their own, of which Node
// knows nothing. Their names begin with that of the table of sessions:
//
//	CREATE TABLE session_users ("user" text COLLATE "C" NOT NULL, sid text COLLATE "C" NOT NULL,
//		expires bigint NOT NULL, PRIMARY KEY ("user", sid));
//	CREATE INDEX session_users_expires ON session_users (expires);
//	CREATE TABLE session_not_before ("user" text COLLATE "C" PRIMARY KEY, instant bigint NOT NULL)
//
// Both instants are epoch milliseconds. What is noted of a session stays until it
// expires or is taken back, whatever becomes of the session meanwhile. A row of
// session_not_before is never deleted; each is a user whose sessions were ended at
// once, and deleting it would bring back those that are still in the table. A
// store that nobody asks about users does not need the two.
//
// # Concurrency
//
// Any number of goroutines may use one [Store], and any number of processes one
// table. Each method but the walks is one statement, atomic by itself. A Save or
// Delete that changes nothing asks once more whether the record is gone or another
// version. Where the database's isolation is above READ COMMITTED, or a deadlock
// was resolved, the statement is sent again until the context ends, or for five
// seconds if it has no deadline; nothing had been written then. A read is sent
// again when its connection turns out to be broken. A write is not, as nobody
// knows whether it has taken effect.
//
// # Time
//
// Instants are the clock's of this process and kept in whole milliseconds, rounded
// down, where connect-pg-simple rounds up to seconds. So a record may end up to a
// millisecond early, never late; an Express application that reads it may find it
// gone up to a second early.
//
// # Expired records
//
// The store has no goroutine. When a sweep is due, the next write deletes a small
// batch of expired records after its own work, and as long as batches come out
// full, so does every write after it; a write that has no records to sweep sweeps
// the index of users in the same way. An advisory lock, held for that statement,
// lets one process sweep at a time. No write waits for a sweep for longer than
// half a second.
//
// # Errors
//
// An error never contains an id, data, the name of a user or a password. What the
// server says is kept as a [github.com/jackc/pgx/v5/pgconn.PgError] without the
// details, in which it repeats values, and without the message where that may.
package postgres
