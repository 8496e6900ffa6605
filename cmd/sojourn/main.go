// Sojourn is a small web server with accounts and sessions, ready to run:
//
//	go run github.com/sojourn-dev/sojourn/cmd/sojourn
//
// It serves pages to register, to log in and to log out, and keeps users and
// sessions in a single SQLite file. "sojourn help" lists its commands and
// flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `Sojourn serves accounts and sessions.

Usage:
  sojourn [serve] [flags]   serve until SIGINT or SIGTERM
  sojourn sessions COMMAND  look at sessions, end or copy them: see below
  sojourn secret            print a new secret for SOJOURN_SECRET or --encrypt-key
  sojourn help              print this

Flags of serve:
  --addr HOST:PORT   where to serve (default 127.0.0.1:3000; port 0: any that is free)
  --data DIR         folder of the database and the secret (default ./sojourn-data)
  --store STORE      where sessions are kept:
                       sqlite:PATH  in this file, the users with them
                                    (default sqlite:DIR/sojourn.db)
                       postgres://USER:PASSWORD@HOST:PORT/DATABASE
                                    in PostgreSQL, the users with them
                       mysql://USER:PASSWORD@HOST:PORT/DATABASE
                                    in MySQL or MariaDB, the users with them
                       mongodb://USER:PASSWORD@HOST:PORT/DATABASE
                                    in MongoDB, the users with them
                       redis://USER:PASSWORD@HOST:PORT/DATABASE
                                    in Redis or Valkey; rediss:// is over TLS,
                                    redis-sentinel:// and redis-cluster:// take
                                    HOST:PORT,HOST:PORT
                       memory:      in memory, until the program ends
                     With the last two, users stay in DIR/sojourn.db.
  --redis-cache      keep hot sessions in this process; Redis tells when one changes
  --redis-wait N     have N replicas know that a session has ended before a logout
                     is answered
  --store-timeout TIME
                     how long a request waits for the store (default 2s)
  --tls-cert FILE    serve HTTPS with this certificate (PEM, with its chain)
  --tls-key FILE     and this key
  --trust-proxy LIST proxies whose X-Forwarded-For and X-Forwarded-Proto are believed:
                     loopback, addresses and networks, separated by commas
  --cookie-name NAME of the session cookie (default connect.sid; over TLS
                     __Host-connect.sid)
  --idle TIME        how long a session lives unused (default 24h)
  --absolute TIME    how long a session lives at most; 0: no limit (default 720h)
  --login-rate RATE  failed logins for an account, as FREE,WAIT,MAXWAIT: so many are
                     free, then the wait doubles up to the longest; or off
                     (default 5,1s,15m)
  --password-cost N  bcrypt cost of new password hashes, 4 to 31 (default 12)
  --hash-ids         keep hashes of session ids instead of the ids
  --encrypt-key FILE encrypt sessions with the first key in this file; all decrypt.
                     One key a line, as "sojourn secret" prints them
  --accept-plain     accept sessions that were stored before there was a key, and
                     encrypt them when they change
  --log-format F     text or json (default text)
  --log-level L      debug, info, warn or error (default info)

Commands of sessions, for any store but memory:
  list [--user NAME]        list them, with the beginnings of their ids
  show ID                   show one, by the beginning of its id
  count [--user NAME]       count them
  revoke ID...              end them: by the beginnings of their ids,
  revoke --user NAME        or all of a user, by name or id,
  revoke --older-than TIME  or all that began so long ago,
  revoke --all              or all
  clear                     remove everything at once
  copy --from STORE --to STORE
                            copy them to another store, which may be done while
                            they are used, broken off, and done again; what is there
                            already stays

Flags of sessions:
  --store STORE      which store (default sqlite:DIR/sojourn.db)
  --data DIR         folder of the database with the accounts (default ./sojourn-data)
  --json             one line of JSON for each, for programs
  --values           list, show: print what is in them
  --encrypt-key FILE decrypt with the keys in this file, as serve does
  --accept-plain     as for serve
  --mirror           copy: also replace and remove what differs at the destination,
                     which nobody may use yet
  --to-encrypt-key FILE
                     copy: encrypt at the destination with these keys
  --to-hash-ids      copy: hash the ids for a destination served with --hash-ids, if
                     the source was served without

Environment:
  SOJOURN_SECRET     secrets that sign the cookies, separated by commas: the first
                     signs, all are accepted. Without it, one is made at the first
                     start and kept in DIR/secret.

Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage.
`

func main() {
	signaled, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	context.AfterFunc(signaled, func() {
		stop() // a second signal ends the program at once
		cancel()
	})
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program, and returns its exit code. Whatever goes wrong is one
// line on stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, stdout, stderr)
	if errors.Is(err, flag.ErrHelp) {
		_, err = io.WriteString(stdout, usage)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "sojourn:", strings.ReplaceAll(err.Error(), "\n", "; "))
	if wrong := (usageError{}); errors.As(err, &wrong) {
		return 2
	}
	return 1
}

func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	command := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	switch command {
	case "serve":
		return serve(ctx, args, stdout, stderr)
	case "sessions":
		return operateSessions(ctx, args, stdout, stderr)
	case "secret":
		return printSecret(args, stdout)
	case "help":
		return flag.ErrHelp
	}
	return usageError{fmt.Errorf("unknown command %q", command)}
}

// usageError is an error in how the program was called.
type usageError struct{ error }

func (e usageError) Error() string { return e.error.Error() + ` ("sojourn help" lists what there is)` }

func (e usageError) Unwrap() error { return e.error }
