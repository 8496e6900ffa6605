package redisstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// Ensure that what keeps a store from being opened is said in one clear sentence,
// which can be told apart and has no password in it.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--requirepass", "hunter2")
	cluster := redistest.StartCluster(t)
	alone := redistest.Start(t)
	sentinel := redistest.StartSentinel(t, alone)
	gone := redistest.Start(t)
	gone.Stop()
	tests := map[string]struct {
		url  string
		want error
		text string
	}{
		"no URL":            {"127.0.0.1:6379", redisstore.ErrURL, "redisstore: open: invalid redis url: it must begin with redis://, rediss://, redis-sentinel:// or redis-cluster://"},
		"no password":       {"redis://" + server.Addr(), redisstore.ErrRefused, ""},
		"wrong password":    {"redis://:swordfish@" + server.Addr(), redisstore.ErrRefused, "redisstore: open: the server refuses the user or the password"},
		"wrong user":        {"redis://eve:hunter2@" + server.Addr(), redisstore.ErrRefused, ""},
		"no such database":  {"redis://:hunter2@" + server.Addr() + "/1000", nil, "redisstore: open: DB index is out of range"},
		"a cluster's node":  {"redis://" + cluster[0].Addr(), redisstore.ErrIsCluster, ""},
		"no cluster":        {"redis-cluster://" + alone.Addr(), redisstore.ErrNotCluster, ""},
		"unknown primary":   {"redis-sentinel://" + sentinel.Addr() + "/other", redisstore.ErrNoPrimary, ""},
		"nobody there":      {"redis://user:swordfish@" + gone.Addr(), nil, ""},
		"no sentinel there": {"redis-sentinel://" + gone.Addr() + "/main", nil, ""},
		"no cluster there":  {"redis-cluster://" + gone.Addr(), nil, ""},
		"not over TLS":      {"rediss://:swordfish@" + server.Addr(), nil, ""},
		"old":               {"redis://" + pretendOld(t), redisstore.ErrOldServer, "redisstore: open: the server is older than Redis 6.2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := redisstore.Open(within(t, 5*time.Second), test.url, redisstore.Options{})
			if err == nil {
				s.Close()
				t.Fatal("it opens")
			}
			if test.want != nil && !errors.Is(err, test.want) || test.text != "" && err.Error() != test.text {
				t.Errorf("%v, want %v %s", err, test.want, test.text)
			}
			if text := err.Error(); strings.Contains(text, "swordfish") || strings.Contains(text, "hunter2") || strings.Contains(text, "\n") {
				t.Errorf("%q", text)
			}
			if !strings.HasPrefix(err.Error(), "redisstore: open: ") {
				t.Error(err)
			}
		})
	}
}

// Ensure that Open does not outlast its context.
func TestOpenEnds(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = redisstore.Open(ctx, "redis://"+l.Addr().String(), redisstore.Options{})
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 4*time.Second { // a machine may be busy
		t.Errorf("%v after %v", err, took)
	}
}

// Ensure that users of an access control list are let in, with what the package's
// documentation asks for and no more.
func TestOpenAsUser(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Do("ACL", "SETUSER", "app", "on", ">p@ss:/?#", "~sess:*", "~users:sess:*",
		"+@connection", "+@read", "+@write", "+@scripting", "-@dangerous")
	for _, o := range []redisstore.Options{{}, {Cache: redisstore.NewCache(redisstore.CacheOptions{})}} {
		s := open(t, "redis://app:p%40ss%3A%2F%3F%23@"+server.Addr(), o)
		server.Do("FLUSHALL")
		base := created(t, s, "id")
		for _, name := range []string{"get", "save", "touch", "note", "noted", "instant", "count", "delete", "clear"} {
			if err := operations(base)[name](t.Context(), s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// pretendOld answers as Redis 5.0 would.
func pretendOld(t *testing.T) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for r := bufio.NewReader(conn); ; {
					var n int
					if _, err := fmt.Fscanf(r, "*%d\r\n", &n); err != nil {
						return
					}
					args := make([]string, n)
					for i := range args {
						var size int
						fmt.Fscanf(r, "$%d\r\n", &size)
						data := make([]byte, size+2)
						io.ReadFull(r, data)
						args[i] = string(data[:size])
					}
					switch info := "# Server\r\nredis_version:5.0.14\r\nredis_mode:standalone\r\n"; args[0] {
					case "INFO":
						fmt.Fprintf(conn, "$%d\r\n%s\r\n", len(info), info)
					case "PING":
						fmt.Fprint(conn, "+PONG\r\n")
					default:
						fmt.Fprintf(conn, "-ERR unknown command `%s`, with args beginning with: \r\n", args[0])
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}
