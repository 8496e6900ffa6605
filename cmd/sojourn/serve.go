package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/web"
	"github.com/sojourn-dev/sojourn/session"
)

// stopWithin is how long requests under way may take once the program is to
// stop.
const stopWithin = 10 * time.Second

// serve is the command "serve": it returns when ctx is done.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := parseFlags(args)
	if err != nil {
		return err
	}
	s, err := open(ctx, c, c.logger(stderr))
	if err != nil {
		return err
	}
	scheme := "http"
	if c.secure() {
		scheme = "https"
	}
	if _, err := fmt.Fprintf(stdout, "sojourn: serving on %s://%s, %s\n", scheme, s.listener.Addr(), s.storage.where); err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(s.run(ctx), s.Close())
}

// server is the program while it serves.
type server struct {
	listener net.Listener
	storage  *storage
	http     *http.Server
	log      *slog.Logger
}

// open takes the port first: a second start by mistake ends there, before it
// has touched the data.
func open(ctx context.Context, c config, log *slog.Logger) (*server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return nil, err
	}
	s := &server{listener: listener, log: log}
	if err := s.prepare(ctx, c); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *server) prepare(ctx context.Context, c config) error {
	if err := prepareDir(c.data, s.log); err != nil {
		return err
	}
	secrets, from, err := loadSecrets(c.data)
	if err != nil {
		return err
	}
	if s.storage, err = openStorage(ctx, c); err != nil {
		return err
	}
	handler, err := web.New(webOptions(c, secrets, s.storage, s.log))
	switch {
	case errors.Is(err, session.ErrWeakSecret):
		return fmt.Errorf("%s: %w", from, err)
	case errors.Is(err, session.ErrInvalidOptions), errors.Is(err, auth.ErrInvalidOptions):
		return usageError{err}
	case err != nil:
		return err
	}
	s.http = newHTTPServer(handler, s.log)
	return s.prepareTLS(c)
}

func webOptions(c config, secrets []string, kept *storage, log *slog.Logger) web.Options {
	name, cookie := c.cookie()
	return web.Options{
		Accounts: auth.Options{
			Accounts: kept.users, Secrets: secrets, TrustProxies: c.trustProxies, BrowserCookie: c.browserCookie(),
			LoginRate: c.loginRate, Cost: c.passwordCost, Timeout: c.storeTimeout,
		},
		Sessions: session.Options{
			Secrets: secrets, Store: kept.sessions, StoreTimeout: c.storeTimeout, IdleTimeout: c.idle, AbsoluteTimeout: c.absolute,
			Name: name, Cookie: cookie, TrustProxies: c.trustProxies,
		},
		Logger: log,
	}
}

// prepareTLS loads the certificate, so that a wrong one is found at the start.
func (s *server) prepareTLS(c config) error {
	if !c.secure() {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("loading the certificate: %w", err)
	}
	s.http.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	return nil
}

// writeTimeout is how long an answer may take, waiting for a password to be hashed
// included.
const writeTimeout = 30 * time.Second

// newHTTPServer returns a server that no client can hold up: everything has
// its time.
func newHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

func (s *server) serve() error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(s.listener, "", "")
	}
	return s.http.Serve(s.listener)
}

// run serves until ctx is done and the requests under way are answered.
func (s *server) run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.serve() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := s.http.Shutdown(within); err != nil {
		s.log.Warn("requests were cut off at the end", "err", err)
		_ = s.http.Close()
	}
	<-failed
	return nil
}

// Close closes what open has opened. What is stored already is safe without.
func (s *server) Close() error {
	err := s.listener.Close()
	if errors.Is(err, net.ErrClosed) { // by the HTTP server, which has stopped
		err = nil
	}
	if s.storage != nil {
		err = errors.Join(err, s.storage.Close())
	}
	return err
}
