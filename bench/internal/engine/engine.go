// Package engine starts the servers that sessions are kept in, each a private one
// on a free port, and counts what they do: processor time, commands, what they
// write to be durable, and what the stored sessions take.
//
// The servers are those of the stores' tests, with the settings of a server that
// must not lose what it has acknowledged. They end with the program at the latest.
package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Names of engines.
const (
	Memory = "memory"
	Redis  = "redis"
	// RedisCached is Redis, and hot sessions are kept in the processes that use it.
	RedisCached = "redis-cached"
	Postgres    = "postgres"
	MySQL       = "mysql"
	SQLite      = "sqlite"
	// MongoDB is a server that speaks MongoDB's protocol.
	MongoDB = "mongodb"
)

// Names returns the names of all engines.
func Names() []string {
	return []string{Memory, Redis, RedisCached, Postgres, MySQL, SQLite, MongoDB}
}

// Engine is a server, or a database file. Its methods are safe for concurrent use,
// except Close. A counter that an engine does not have is [errors.ErrUnsupported].
type Engine struct {
	// Name is one of [Names].
	Name string
	// Title is what the engine is called, with its version.
	Title string
	// Durability says when a write is safe, in a few words.
	Durability string
	// URL is what clients connect with. For SQLite it is the path of the
	// database file, in a directory of its own. Memory has none.
	URL string

	server server
	owner  *owner
}

// server is what one kind of engine can say of itself.
type server interface {
	// pid is the process that has started all others, 0 if there is none.
	pid() int
	commands(context.Context) (int64, error)
	written(context.Context) (int64, error)
	size(context.Context) (int64, error)
}

// start starts an engine, and fills in what clients have to know of it. What it
// starts belongs to the owner. It may end with the owner's Fatal.
type start func(context.Context, *owner, *Engine) (server, error)

func starter(name string) (start, bool) {
	s, ok := map[string]start{
		Memory: startMemory, Redis: startRedis, RedisCached: startRedis, Postgres: startPostgres,
		MySQL: startMySQL, SQLite: startSQLite, MongoDB: startMongoDB,
	}[name]
	return s, ok
}

// Start starts an engine, with nothing in it, and waits until it answers.
func Start(ctx context.Context, name string) (*Engine, error) {
	begin, ok := starter(name)
	if !ok {
		return nil, fmt.Errorf("engine: none is called %q", name)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := &Engine{Name: name, owner: newOwner(ctx, name)}
	err := e.owner.run(func() (err error) {
		e.server, err = begin(ctx, e.owner, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("engine: start %s: %w", name, errors.Join(err, e.owner.close()))
	}
	return e, nil
}

// Close ends the engine, and removes all that is stored in it.
func (e *Engine) Close() error {
	if err := e.owner.close(); err != nil {
		return fmt.Errorf("engine: end %s: %w", e.Name, err)
	}
	return nil
}

// PIDs returns the processes of the server, in no order. There are none if sessions
// are kept by the processes that use them, or by a server that is somebody else's.
func (e *Engine) PIDs() ([]int, error) {
	root := e.server.pid()
	if root == 0 {
		return nil, nil
	}
	all, err := family(root)
	if err != nil {
		return nil, fmt.Errorf("engine: %s: %w", e.Name, err)
	}
	pids := make([]int, len(all))
	for i, p := range all {
		pids[i] = p.pid
	}
	return pids, nil
}

// CPU returns the processor time that the server has used since it was started, with
// all its processes, those that have ended included. For MongoDB it is that of the
// server only, and not of the proxy in front of it, which is part of this process.
func (e *Engine) CPU() (time.Duration, error) {
	root := e.server.pid()
	if root == 0 {
		return 0, e.lacks("server of its own")
	}
	used, err := familyTime(root)
	if err != nil {
		return 0, fmt.Errorf("engine: %s: %w", e.Name, err)
	}
	return used, nil
}

// Commands returns how many commands the server has executed since it was started,
// without those that this package sends.
//
//   - Redis: INFO's total_commands_processed, in which those that a script calls count
//     beside the EVALSHA that has called it, and so do those with which a client begins
//     a connection, such as HELLO.
//   - PostgreSQL: the calls of pg_stat_statements in the database of the sessions,
//     in which BEGIN and COMMIT count like others, and what a pool or a driver asks
//     for itself counts as well, except empty statements.
//   - MySQL: Questions, which are the statements that clients have sent, SET NAMES at
//     the beginning of a connection included.
//   - MongoDB: the commands that have passed the proxy, without those by which clients
//     look after their connections.
func (e *Engine) Commands(ctx context.Context) (int64, error) {
	return e.counter("count of commands")(e.server.commands(ctx))
}

// Written returns how many bytes the server has written since it was started in
// order not to lose what it has acknowledged, up to the last command that was
// answered. Pages of tables, which it writes later, are not among them.
//
//   - Redis: what was appended to the append-only file, which is not rewritten, and
//     what is about to be.
//   - PostgreSQL: how far the write-ahead log has come (pg_current_wal_insert_lsn),
//     full pages after checkpoints included.
//   - MySQL: how far the redo log has come (Innodb_lsn_current). There is no binary log.
//   - SQLite: the frames of the write-ahead log. As that begins anew from time to
//     time, it is looked at every two milliseconds, and what was appended between the
//     last look and the new beginning is missing.
//
// MongoDB has no such counter here: what FerretDB writes says nothing of MongoDB.
func (e *Engine) Written(ctx context.Context) (int64, error) {
	return e.counter("count of bytes written")(e.server.written(ctx))
}

// Size returns how many bytes the server takes for what is stored, in all tables of
// the database and with their indexes.
//
//   - Redis: used_memory, less what it was when the server had started. Buffers of
//     clients are among it, some ten kilobytes for each of them.
//   - PostgreSQL: the sum of pg_total_relation_size.
//   - MySQL: the sum of data_length and index_length, after ANALYZE TABLE. InnoDB
//     allots pages of 16 kB, and from some size on a megabyte at a time.
//   - SQLite: the pages of the database, without the write-ahead log.
//   - MongoDB: dbStats's totalSize.
func (e *Engine) Size(ctx context.Context) (int64, error) {
	return e.counter("size")(e.server.size(ctx))
}

// counter returns what explains the error of a counter.
func (e *Engine) counter(what string) func(int64, error) (int64, error) {
	return func(n int64, err error) (int64, error) {
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return 0, e.lacks(what)
		case err != nil:
			return 0, fmt.Errorf("engine: %s: %s: %w", e.Name, what, err)
		}
		return n, nil
	}
}

func (e *Engine) lacks(what string) error {
	return fmt.Errorf("engine: %s has no %s: %w", e.Name, what, errors.ErrUnsupported)
}

// uncounted is a server that counts nothing.
type uncounted struct{}

func (uncounted) pid() int                                { return 0 }
func (uncounted) commands(context.Context) (int64, error) { return 0, errors.ErrUnsupported }
func (uncounted) written(context.Context) (int64, error)  { return 0, errors.ErrUnsupported }
func (uncounted) size(context.Context) (int64, error)     { return 0, errors.ErrUnsupported }

func startMemory(_ context.Context, _ *owner, e *Engine) (server, error) {
	e.Title, e.Durability = "memory", "nothing outlives the process"
	return uncounted{}, nil
}
