package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/sojourn-dev/sojourn/store/redisstore/engine"
)

// The errors of [Open] and [Connect] that can be told apart. What else keeps them
// from connecting, such as a host that does not answer, is wrapped.
var (
	// ErrRefused: the server refuses the user or the password, or asks for one.
	ErrRefused = errors.New("the server refuses the user or the password")
	// ErrOldServer: the server is older than Redis 6.2.
	ErrOldServer = errors.New("the server is older than Redis 6.2")
	// ErrNotCluster: the URL or the options ask for a cluster, and the server is
	// not part of one.
	ErrNotCluster = errors.New("the server is not part of a cluster")
	// ErrIsCluster: the server is part of a cluster, which needs
	// redis-cluster://.
	ErrIsCluster = errors.New("the server is part of a cluster: use redis-cluster://")
	// ErrNoPrimary: no sentinel knows a primary of that name.
	ErrNoPrimary = errors.New("the sentinels know no primary of that name")
)

// Open returns a store on the server that a URL names; [ParseURL] says how. It
// returns when the server has answered, or with an error when ctx ends. No error
// contains a password. Close closes the connections.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	option, err := ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("redisstore: open: %w", err)
	}
	if strings.Contains(strings.ToLower(url[:strings.Index(url, "://")]), "cluster") {
		return connect(ctx, option, o, rueidis.ClientModeCluster)
	}
	return connect(ctx, option, o, "")
}

// Connect is [Open] for those who have more to say than a URL can, such as
// certificates or credentials that change. It fills in what option leaves out:
// buffers of 64 KiB for each connection instead of 512, and at most 512 commands on
// their way; two seconds for connecting, five for an answer, and a look at the
// Sentinels or the cluster every five. With Options.Cache it calls [Track].
func Connect(ctx context.Context, option rueidis.ClientOption, o Options) (*Store, error) {
	return connect(ctx, option, o, "")
}

func connect(ctx context.Context, option rueidis.ClientOption, o Options, want rueidis.ClientMode) (*Store, error) {
	setDefaults(&option)
	if o.Cache != nil {
		Track(&option, o.Cache)
	} else {
		option.DisableCache = true
	}
	client, err := newClient(ctx, option)
	if err != nil {
		return nil, fmt.Errorf("redisstore: open: %w", discreet(err, option))
	}
	a := &adapter{client: client, owned: true}
	if err := probe(ctx, a, want); err != nil {
		a.Close()
		return nil, fmt.Errorf("redisstore: open: %w", discreet(err, option))
	}
	return engine.New(a, o), nil
}

func setDefaults(o *rueidis.ClientOption) {
	const buffer = 64 << 10
	o.ReadBufferEachConn = cmp.Or(o.ReadBufferEachConn, buffer)
	o.WriteBufferEachConn = cmp.Or(o.WriteBufferEachConn, buffer)
	o.Dialer.Timeout = cmp.Or(o.Dialer.Timeout, 2*time.Second)
	o.ConnWriteTimeout = cmp.Or(o.ConnWriteTimeout, 5*time.Second)
	// How many commands may be on their way on a connection: as many goroutines
	// stay with those that nobody waits for any more.
	o.RingScaleEachConn = cmp.Or(o.RingScaleEachConn, 9)
	// One connection for all has the most commands in one packet, which is what
	// a server and a program with a few processors have the least work with.
	o.PipelineMultiplex = cmp.Or(o.PipelineMultiplex, -1)
	o.ClusterOption.ShardsRefreshInterval = cmp.Or(o.ClusterOption.ShardsRefreshInterval, 5*time.Second)
	o.ClusterOption.MaxMovedRedirections = cmp.Or(o.ClusterOption.MaxMovedRedirections, 8)
	o.Sentinel.Dialer.Timeout = cmp.Or(o.Sentinel.Dialer.Timeout, o.Dialer.Timeout)
	o.Sentinel.TopologyRefreshInterval = cmp.Or(o.Sentinel.TopologyRefreshInterval, 5*time.Second)
	// A connection that is read only while somebody waits would notice nothing
	// of what the server says in between.
	o.AlwaysPipelining = true
	o.DisableRetry = true
}

// newClient is rueidis.NewClient, which does not look at a context. What it
// still makes when nobody waits any more is closed.
func newClient(ctx context.Context, option rueidis.ClientOption) (rueidis.Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type result struct {
		client rueidis.Client
		err    error
	}
	made := make(chan result, 1)
	go func() {
		client, err := rueidis.NewClient(option)
		if err != nil && client != nil {
			client.Close()
		}
		made <- result{client, err}
	}()
	select {
	case r := <-made:
		return r.client, r.err
	case <-ctx.Done():
		go func() {
			if r := <-made; r.err == nil {
				r.client.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// probe looks at the server before anybody relies on it.
func probe(ctx context.Context, a *adapter, want rueidis.ClientMode) error {
	if want != "" && a.client.Mode() != want {
		return ErrNotCluster
	}
	r := a.Do(ctx, engine.Command{Args: []string{"INFO", "server"}})
	if e, ok := r.Err.(engine.ServerError); ok && strings.HasPrefix(string(e), "NOPERM") {
		return nil // then the first command has to tell
	}
	if r.Err != nil {
		return r.Err
	}
	info, _ := r.Value.(string)
	if old(info) {
		return ErrOldServer
	}
	if a.client.Mode() != rueidis.ClientModeCluster && field(info, "redis_mode") == "cluster" {
		return ErrIsCluster
	}
	return nil
}

// field returns what INFO says of something.
func field(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// old reports whether the version that INFO names lacks SET with PXAT. Valkey
// names 7.2 here.
func old(info string) bool {
	major, rest, _ := strings.Cut(field(info, "redis_version"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	m, err := strconv.Atoi(major)
	if err != nil {
		return false // somebody else's numbers
	}
	n, _ := strconv.Atoi(minor)
	return m < 6 || m == 6 && n < 2
}

// discreet returns an error in a form that the operator understands and that
// repeats no password.
func discreet(err error, o rueidis.ClientOption) error {
	text := err.Error()
	for _, part := range []struct {
		text string
		err  error
	}{
		{"WRONGPASS", ErrRefused},
		{"NOAUTH", ErrRefused},
		{"invalid username-password", ErrRefused},
		{"without any password configured", ErrRefused},
		{"cluster support disabled", ErrNotCluster},
		{"No such master with that name", ErrNoPrimary},
	} {
		if strings.Contains(text, part.text) {
			return part.err
		}
	}
	for _, secret := range []string{o.Password, o.Sentinel.Password} {
		if secret != "" && strings.Contains(text, secret) {
			return errUnsaid
		}
	}
	return err
}

var errUnsaid = errors.New("the server does not take the connection, and says so with the password in it")
