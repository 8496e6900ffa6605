package mongotest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// urlVariable names a server to use in place of one of our own.
const urlVariable = "SOJOURN_TEST_MONGODB_URL"

// Server is a server that belongs to a test, with the proxy in front of it. Its
// methods are safe for concurrent use, except Stop and Restart.
type Server struct {
	url      *url.URL // of the database, through the proxy
	database string
	proxy    *proxy
	pid      int
}

// Start starts a server. It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	return start(t, sharedFerret)
}

// StartDurable is Start, but that FerretDB is this server's alone, and that a write is
// on disk before it is answered.
func StartDurable(t testing.TB) *Server {
	t.Helper()
	return start(t, func() (*ferret, error) {
		f, err := startFerret("-synchronous=full")
		if err == nil {
			t.Cleanup(func() {
				if err := f.stop(); err != nil {
					t.Errorf("end FerretDB: %v", err)
				}
			})
		}
		return f, err
	})
}

func start(t testing.TB, own func() (*ferret, error)) *Server {
	t.Helper()
	s := &Server{database: "sojourn_test_" + strings.ToLower(rand.Text()[:12])}
	target, query := "", url.Values{}
	real := os.Getenv(urlVariable)
	if real != "" {
		u, err := url.Parse(real)
		if err != nil || u.Scheme != "mongodb" || u.Host == "" || strings.Contains(u.Host, ",") {
			t.Fatalf("%s is not of the form mongodb://user:password@host:port/", urlVariable)
		}
		if u.Port() == "" {
			u.Host += ":27017"
		}
		target, query = u.Host, u.Query()
		// Otherwise a driver goes around the proxy, to where the replica set says it is.
		query.Set("directConnection", "true")
		s.url = u
	} else {
		f, err := own()
		if err != nil {
			t.Fatal(err)
		}
		s.pid = f.pid
		target, s.url = f.addr, &url.URL{Scheme: "mongodb"}
	}
	p, err := startProxy(target, real == "")
	if err != nil {
		t.Fatal(err)
	}
	s.proxy = p
	s.url.Host, s.url.Path, s.url.RawQuery = p.addr, "/"+s.database, query.Encode()
	t.Cleanup(func() {
		if err := s.drop(); err != nil {
			t.Errorf("drop the database: %v", err)
		}
		s.Stop()
	})
	return s
}

// URL returns the URL of a database that is the test's alone, such as
// mongodb://127.0.0.1:40000/sojourn_test_x. It leads through the proxy.
func (s *Server) URL() string { return s.url.String() }

// PID returns the number of the server's process, 0 if it is none of our own.
func (s *Server) PID() int { return s.pid }

// Addr returns host and port of the proxy.
func (s *Server) Addr() string { return s.proxy.addr }

// Database returns the name of the database that is the test's alone.
func (s *Server) Database() string { return s.database }

// Client returns a client of the server, closed with the test.
func (s *Server) Client(t testing.TB) *mongo.Client {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(s.URL()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Disconnect(context.Background()) })
	return c
}

// Collection returns a collection of the test's database, by a [Server.Client] of
// its own.
func (s *Server) Collection(t testing.TB, name string) *mongo.Collection {
	t.Helper()
	return s.Client(t).Database(s.database).Collection(name)
}

// Stop has the server gone, as far as its clients can see: connections are closed,
// and none is accepted. Restart brings it back with its data. It may be called again.
func (s *Server) Stop() { s.proxy.stop() }

// Restart has the server back where it was.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop()
	if err := s.proxy.start(); err != nil {
		t.Fatal(err)
	}
}

// drop drops the database, whatever a test has done to the server.
func (s *Server) drop() error {
	s.Unscript()
	s.Resume()
	if err := s.proxy.start(); err != nil { // a test may have stopped it
		return err
	}
	c, err := mongo.Connect(options.Client().ApplyURI(s.URL()))
	if err != nil {
		return err
	}
	defer c.Disconnect(context.Background())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Database(s.database).Drop(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.database, err)
	}
	return nil
}
